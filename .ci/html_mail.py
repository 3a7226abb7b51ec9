#!/usr/bin/env python3
"""Lays every kind of HTML mail (the snapshots of the tests) out in a headless Chromium, 600 and 320 pixels wide, and fails where
one scrolls sideways, has text cut off, or asks for anything from outside. Usage: html_mail.py [FOLDER for screenshots]"""

import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SNAPSHOTS = pathlib.Path(__file__).resolve().parent.parent / "src/alerts/digest/snapshots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
MEASURE = """<script>onload = () => {
  const wide = [...document.querySelectorAll('iframe')].map(frame => {
    const page = frame.contentDocument, width = frame.clientWidth;
    const over = [...page.querySelectorAll('*')].some(one => one.getBoundingClientRect().right > width + 0.5);
    return frame.id + '=' + page.documentElement.scrollWidth + '/' + width + (over ? '!' : '');
  });
  document.title = wide.join(' ');
}</script>"""


def mails():
    for path in sorted(SNAPSHOTS.glob("*.html.snap")):
        name = re.search(r"tests__(.*)\.html\.snap$", path.name).group(1)
        yield name, path.read_text(encoding="utf-8").split("---\n", 2)[2]


def measured(mails, width, folder):
    frames = "".join(f'<iframe id="{name}" width="{width}" height="900" frameborder="0" srcdoc="{html.escape(page)}"></iframe>' for name, page in mails)
    page = pathlib.Path(folder) / f"all-{width}.html"
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8><title>unread</title>{frames}{MEASURE}", encoding="utf-8")
    run = subprocess.run([CHROMIUM, *FLAGS, "--virtual-time-budget=5000", "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return re.search(r"<title>(.*?)</title>", run.stdout).group(1).split()


def main():
    if not CHROMIUM:
        print("skipped: no chromium")
        return 0
    found = list(mails())
    bad = [f"{name}: asks for {link}" for name, page in found for link in re.findall(r'(?:src|href|url\()\s*=?\s*["\']?([^"\')> ]+)', page)]
    with tempfile.TemporaryDirectory() as folder:
        for width in (600, 320):
            results = measured(found, width, folder)
            if len(results) != len(found):
                bad.append(f"{len(results)} of {len(found)} mails were laid out")
            for result in results:
                name, is_wide, shown = re.fullmatch(r"(.*)=(\d+)/(\d+)!?", result).groups()
                if int(is_wide) > int(shown) or result.endswith("!"):
                    bad.append(f"{name}: {is_wide} pixels wide at {shown}{', something sticks out' if result.endswith('!') else ''}")
        if len(sys.argv) > 1:
            for name, page in found:
                file = pathlib.Path(folder) / f"{name}.html"
                file.write_text(page, encoding="utf-8")
                for width, extra in ((600, []), (320, []), (600, ["--blink-settings=preferredColorScheme=0"])):
                    shot = pathlib.Path(sys.argv[1]) / f"{name}-{width}{'-dark' if extra else ''}.png"
                    subprocess.run([CHROMIUM, *FLAGS, *extra, f"--window-size={width},2400", f"--screenshot={shot}", file.as_uri()], capture_output=True, timeout=120, check=True)
    print("\n".join(bad) or f"{len(found)} mails laid out at 600 and 320 pixels: none scrolls sideways, none asks for anything")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
