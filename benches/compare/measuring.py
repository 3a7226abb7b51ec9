"""What a command costs, measured as a whole process with all its children."""
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import time

# What hcpcs-watch exits with when all is well; 8 and 9 are news and questions to a person.
WELL = (0, 8, 9)
HERE = pathlib.Path(__file__).parent


def once(command):
    """Processor seconds, wall seconds and peak MiB of one run."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) not in WELL:
        sys.exit(f"{command} failed: {error.decode()}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def circumstances(packages):
    """Day, machine and versions, in one line."""
    processor = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    load = f"load {os.getloadavg()[0]:.1f}"
    words = [time.strftime("%Y-%m-%d"), f"{os.cpu_count()} x {processor}", f"Linux {platform.release()}", load]
    words.append(f"Python {platform.python_version()}")
    for package in packages:
        try:
            words.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            words.append(f"no {package}")
    return ", ".join(words)
