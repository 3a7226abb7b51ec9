"""Runs the job and its alternatives in turn and prints medians and ratios. Usage: see README.md here."""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

RUNS = 9


def once(command):
    """Processor seconds, wall seconds and peak MiB of one run with all its children."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    # 8 and 9 are hcpcs-watch's codes for news and for questions to a person.
    if os.waitstatus_to_exitcode(status) not in (0, 8, 9):
        sys.exit(f"{command} failed: {error.decode()}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def main(binary, work, day):
    here = pathlib.Path(__file__).parent
    binary, work = (str(pathlib.Path(path).resolve()) for path in (binary, work))
    config = f"{work}/config.toml"
    commands = {
        "one quarter, empty database": ["sh", f"{here}/run.sh", binary, work, day],
        "the same again, nothing new": [binary, "-q", "--config", config, "--today", day, "run"],
        "status": [binary, "--config", config, "--today", day, "status"],
        "floor: unzip and sha256sum": ["sh", f"{here}/floor.sh", f"{work}/src"],
        "pandas + openpyxl": [sys.executable, f"{here}/pandas_openpyxl.py", work],
        "sqlite3 .import, crosswalk only": ["sh", f"{here}/sqlite_import.sh", work],
    }
    if shutil.which("sqlite3") is None:
        print("left out: no sqlite3 shell")
        del commands["sqlite3 .import, crosswalk only"]
    figures = {name: [] for name in commands}
    os.chdir(work)
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            figure = once(command)
            if turn > 0:  # The first turn only warms up.
                figures[name].append(figure)
    floor = figures["floor: unzip and sha256sum"]
    print("| what | CPU ms | wall ms | peak MiB | CPU / floor | wall / floor |\n|---|---:|---:|---:|---:|---:|")
    for name, measured in figures.items():
        cpu, wall, peak = (statistics.median(column) for column in zip(*measured))
        ratio = [statistics.median(one[i] / low[i] for one, low in zip(measured, floor)) for i in (0, 1)]
        print(f"| {name} | {cpu * 1000:.0f} | {wall * 1000:.0f} | {peak:.0f} | {ratio[0]:.1f} | {ratio[1]:.1f} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
