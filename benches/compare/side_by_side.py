"""Runs the job and its alternatives in turn and prints medians and ratios.

Usage: side_by_side.py BINARY WORK [DAY]

WORK is laid out by lay_out.py; where it is not there yet, that is done first, from HCPCS_WATCH_SHARED (default ../shared).
"""
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import lay_out
import measuring

RUNS = 9
JOB = "one quarter, zips to queued alerts"
FLOOR = "floor: unzip and sha256sum"


def commands(binary, work, day):
    """Everything that is compared, by name; what cannot be run here is left out and named."""
    here = measuring.HERE
    ours = [binary, "-q", "--config", f"{work}/config.toml", "--today", day]
    every = {
        JOB: ["sh", f"{here}/queue.sh", binary, work, day],
        "`run`: the same, mail written": ["sh", f"{here}/run.sh", binary, work, day],
        "`run` again, nothing new": [*ours, "run"],
        "`status`": [*ours, "status"],
        "`code`": [*ours, "code", "--dos", day, "Tremfya"],
        FLOOR: ["sh", f"{here}/floor.sh", f"{work}/src"],
    }
    scripts = {
        "pandas": ("pandas_openpyxl.py", "text", ["pandas"]),
        "pandas + openpyxl, HCPCS workbook": ("pandas_openpyxl.py", "workbook", ["pandas", "openpyxl"]),
        "polars": ("polars_fastexcel.py", "text", ["polars"]),
        "polars + fastexcel, HCPCS workbook": ("polars_fastexcel.py", "workbook", ["polars", "fastexcel"]),
    }
    for name, (script, kind, packages) in scripts.items():
        if all(importlib.util.find_spec(package) for package in packages):
            every[name] = [sys.executable, f"{here}/{script}", work, kind]
        else:
            print(f"left out: {name}: needs {' and '.join(packages)}")
    if shutil.which("sqlite3"):
        every["sqlite3 `.import`, crosswalk only"] = ["sh", f"{here}/sqlite_import.sh", work]
    else:
        print("left out: sqlite3 `.import`: no sqlite3 shell")
    return every


def main(binary, work, day="2025-11-01"):
    binary, work = (str(pathlib.Path(path).resolve()) for path in (binary, work))
    if not pathlib.Path(work, "config.toml").exists():
        lay_out.main(os.environ.get("HCPCS_WATCH_SHARED", "../shared"), work)
    compared = commands(binary, work, day)
    print(measuring.circumstances(["pandas", "openpyxl", "polars", "fastexcel"]))
    if shutil.which("sqlite3"):
        print("SQLite", subprocess.run(["sqlite3", "--version"], capture_output=True, text=True).stdout.split()[0])
    figures = {name: [] for name in compared}
    os.chdir(work)
    for turn in range(RUNS + 1):
        for name, command in compared.items():
            figure = measuring.once(command)
            if turn > 0:  # The first turn only warms up.
                figures[name].append(figure)
    print("\n| what | CPU ms | wall ms | peak MiB | CPU / floor | wall / floor | CPU / job | wall / job |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, measured in figures.items():
        cpu, wall, peak = (statistics.median(column) for column in zip(*measured))
        ratios = [
            statistics.median(one[i] / low[i] for one, low in zip(measured, figures[base]))
            for base in (FLOOR, JOB)
            for i in (0, 1)
        ]
        cells = [f"{cpu * 1000:.0f}", f"{wall * 1000:.0f}", f"{peak:.0f}", *(f"{ratio:.{1 if ratio >= 1 else 2}f}" for ratio in ratios)]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
