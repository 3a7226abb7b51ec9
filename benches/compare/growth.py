"""Measures how the cost of hcpcs-watch grows with quarters and drugs, prints it as tables and draws it.

Usage: growth.py BINARY SHARED SVG     as in: growth.py target/release/hcpcs-watch ../shared docs/growth.svg
"""
import math
import pathlib
import statistics
import sys
import tempfile

import lay_out
import measuring

RUNS = 3
QUARTERS = [1, 2, 4, 7, 14, 28]
DRUGS = [10, 100, 1_000, 10_000, 100_000]
DAY = "2025-11-01"


def cost(prepare, command):
    """Median processor seconds and peak MiB of `command`, each time after `prepare`."""
    measured = []
    for _ in range(RUNS):
        prepare()
        measured.append(measuring.once(command))
    cpu, _, peak = (statistics.median(column) for column in zip(*measured))
    return cpu, peak


def history(shared):
    """The HCPCS, pricing and crosswalk files of each of the 28 quarters, oldest first; the last posting of each."""
    files = shared / "cms/mirror/files"
    for year in range(2019, 2026):
        for month in ("jan", "apr", "jul", "oct"):
            found = (sorted(files.glob(f"{series}-{year}-{month}*.zip")) for series in ("hcpcs", "asp", "xwalk"))
            yield [str(posted[-1]) for posted in found if posted]


def by_quarters(binary, shared, work):
    """`releases import` of the first so many quarters in one call, no drugs."""
    quarters = list(history(shared))
    database = work / "hcpcs-watch.db"

    def forget():
        for path in work.glob("hcpcs-watch.db*"):
            path.unlink()

    for count in QUARTERS:
        files = [path for quarter in quarters[:count] for path in quarter]
        command = [binary, "-q", "--config", f"{work}/config.toml", "--today", DAY, "releases", "import", *files]
        cpu, peak = cost(forget, command)
        yield count, cpu, peak, database.stat().st_size / 1e6


def by_drugs(binary, shared, work):
    """`run` with one quarter, an empty database and so many drugs; no mail, which would be as long as the list."""
    config = work / "config.toml"
    config.write_text(lay_out.CONFIG.replace('transport = "file"', 'transport = "none"'))
    for count in DRUGS:
        lay_out.write_list(shared, work, count)
        cpu, peak = cost(lambda: None, ["sh", f"{measuring.HERE}/run.sh", binary, str(work), DAY])
        yield count, cpu, peak, (work / "hcpcs-watch.db").stat().st_size / 1e6


def table(unit, rows):
    print(f"\n| {unit} | CPU s | CPU ms each | peak MiB | database MB |\n|---:|---:|---:|---:|---:|")
    for count, cpu, peak, size in rows:
        print(f"| {count:,} | {cpu:.2f} | {cpu * 1000 / count:.2f} | {peak:.0f} | {size:.1f} |")


STYLE = """
  .ground { fill: #ffffff } .ink { fill: #1f2328 } .soft { fill: #59636e }
  .grid { stroke: #d1d9e0; stroke-width: 1 } .guide { stroke: #818b98; stroke-width: 1.5; stroke-dasharray: 5 4; fill: none }
  .line { stroke: #0969da; stroke-width: 2.5; fill: none } .point { fill: #0969da }
  text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif } .title { font-weight: 600; font-size: 15px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .ink { fill: #f0f6fc } .soft { fill: #9198a1 }
    .grid { stroke: #3d444d } .guide { stroke: #9198a1 } .line { stroke: #4493f8 } .point { fill: #4493f8 }
  }
"""


class Panel:
    """One log-log plot at a place of the picture."""

    WIDTH, HEIGHT, TOP = 300, 250, 60

    def __init__(self, left, title, unit, points):
        self.left, self.title, self.unit, self.points = left, title, unit, points
        self.x_decades = self.decades(x for x, _ in points)
        self.y_decades = self.decades(y for _, y in points)

    @staticmethod
    def decades(values):
        logs = [math.log10(value) for value in values]
        return math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)

    def x(self, value):
        low, high = self.x_decades
        return self.left + self.WIDTH * (math.log10(value) - low) / (high - low)

    def y(self, value):
        low, high = self.y_decades
        return self.TOP + self.HEIGHT * (1 - (math.log10(value) - low) / (high - low))

    def proportional(self):
        """The line on which twice as much costs twice as much, through the last point, cut off at the frame."""
        last_x, last_y = self.points[-1]
        first_x = max(10.0 ** self.x_decades[0], last_x * 10.0 ** self.y_decades[0] / last_y)
        return [(first_x, last_y * first_x / last_x), (last_x, last_y)]

    def path(self, points):
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)

    def draw(self):
        right, bottom = self.left + self.WIDTH, self.TOP + self.HEIGHT
        yield f'<text class="ink title" x="{self.left}" y="{self.TOP - 18}">{self.title}</text>'
        for decade in range(self.x_decades[0], self.x_decades[1] + 1):
            x = self.x(10.0**decade)
            yield f'<line class="grid" x1="{x:.1f}" y1="{self.TOP}" x2="{x:.1f}" y2="{bottom}"/>'
            yield f'<text class="soft" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{10**decade:,}</text>'
        for decade in range(self.y_decades[0], self.y_decades[1] + 1):
            y = self.y(10.0**decade)
            yield f'<line class="grid" x1="{self.left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            yield f'<text class="soft" x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{10.0**decade:g} s</text>'
        middle = self.left + self.WIDTH / 2
        yield f'<text class="ink" x="{middle}" y="{bottom + 40}" text-anchor="middle">{self.unit}</text>'
        yield f'<polyline class="guide" points="{self.path(self.proportional())}"/>'
        yield f'<polyline class="line" points="{self.path(self.points)}"/>'
        for place, (x, y) in enumerate(self.points):
            # Beside the rising line, and clear of the label before it.
            anchor = ["start", "middle", "end"][min(place, 2)]
            yield f'<circle class="point" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="4"/>'
            yield (
                f'<text class="ink" x="{self.x(x):.1f}" y="{self.y(y) - 11:.1f}" text-anchor="{anchor}">{y:.2f}</text>'
            )


def svg(quarters, drugs):
    """Both plots as one picture that follows the reader's light or dark theme."""
    panels = [
        Panel(80, "Import of quarters, no drugs", "quarters (1 to 28)", [row[:2] for row in quarters]),
        Panel(480, "First run with one quarter", "drugs on the list", [row[:2] for row in drugs]),
    ]
    parts = [part for panel in panels for part in panel.draw()]
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 400" role="img" aria-labelledby="title">',
        '<title id="title">Processor seconds against quarters and against drugs, both axes logarithmic</title>',
        f"<style>{STYLE}</style>",
        '<rect class="ground" width="820" height="400"/>',
        *parts,
        '<text class="soft" x="80" y="385">Processor seconds, both axes logarithmic.'
        " The dashed line is growth in proportion.</text>",
        "</svg>\n",
    ])


def main(binary, shared, picture):
    binary, shared = pathlib.Path(binary).resolve(), pathlib.Path(shared).resolve()
    picture = pathlib.Path(picture).resolve()
    print(measuring.circumstances([]))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        lay_out.main(shared, work)
        quarters = list(by_quarters(str(binary), shared, work))
        table("quarters", quarters)
        drugs = list(by_drugs(str(binary), shared, work))
        table("drugs", drugs)
    picture.write_text(svg(quarters, drugs))


if __name__ == "__main__":
    main(*sys.argv[1:])
