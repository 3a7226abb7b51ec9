"""Counts the instructions of the hottest stages and fails where one rose by more than a tenth.

Usage: instructions.py            compare with the committed figures
       instructions.py --accept   write the figures found, to be committed with the reason for them

Instructions are counted by valgrind, so a busy machine changes nothing. The input is made up by the bench itself, and the
build is that of `cargo test`, so no other build is paid for: the figures tell a change, not a speed.
"""
import concurrent.futures
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIGURES = ROOT / "benches" / "instructions.json"
STAGES = ["read", "index", "match"]
TOLERANCE = 0.10


def bench():
    """The built program."""
    command = ["cargo", "test", "--locked", "--bench", "stages", "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    messages = [json.loads(line) for line in built.splitlines() if line.startswith("{")]
    return next(one["executable"] for one in messages if one.get("executable") and one["target"]["name"] == "stages")


def count(program, stage):
    """The instructions between entering and leaving the function `measured` of the bench."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"]
    # Without AVX2 the C library takes the same way through memcpy and its like on every machine.
    environment = os.environ | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable"}
    ran = subprocess.run([*command, program, "--instructions", stage], env=environment, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode or not collected or int(collected[1]) == 0:
        sys.exit(f"{stage}: nothing was counted\n{ran.stderr}")
    return int(collected[1])


def main(arguments):
    machine = platform.machine()
    accepted = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return 0
    if accepted and accepted["machine"] != machine:
        print(f"skipped: the figures are for {accepted['machine']}, this is {machine}")
        return 0
    program = bench()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(STAGES, pool.map(lambda stage: count(program, stage), STAGES)))
    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if arguments == ["--accept"]:
        figures = {"machine": machine, "rustc": rustc, "instructions": found}
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"written to {FIGURES.relative_to(ROOT)}")
        return 0
    risen = False
    for stage, now in found.items():
        before = accepted["instructions"][stage]
        change = now / before - 1
        risen |= change > TOLERANCE
        word = "ROSE" if change > TOLERANCE else "fell: accept the new figure" if change < -TOLERANCE else "as before"
        print(f"{stage:6} {now:>13,} instructions, {change:+.1%} of {before:,}: {word}")
    if risen:
        print(
            f"A stage takes over {TOLERANCE:.0%} more instructions than the figures in {FIGURES.relative_to(ROOT)}, counted"
            f" with {accepted['rustc']} (this is {rustc}).\nMend it; or, where the price is worth paying, run"
            " `python3 .ci/instructions.py --accept` and commit the file with the reason."
        )
    return int(risen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
