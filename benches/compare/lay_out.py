"""Lays out WORK from a folder of real CMS files: the three zips of one quarter in WORK/src, a list of 500 drugs, and the
configuration of a practice that watches them.

Usage: lay_out.py SHARED WORK [QUARTER] [DRUGS]     as in: lay_out.py ../shared /tmp/work 2025-oct 500

The list holds the products known to have got a code, then those of the Purple Book, with an NDC where the crosswalk lists
one under their brand. Beyond the products there are, the list repeats itself under other brands.
"""
import csv
import io
import itertools
import json
import pathlib
import shutil
import sys

import quarter_files


CONFIG = """\
[practice]
name = "Performance"
time_zone = "America/New_York"
drug_list = "drugs.csv"
[source]
location = "src"
[mail]
transport = "file"
recipients = ["billing@example.org"]
"""


def products(shared, work):
    """Brand, proper name and NDC of every product, each once."""
    crosswalk = csv.DictReader(io.StringIO(quarter_files.crosswalk(work).decode("cp1252")))
    ndcs = {row["Drug Name"].strip().lower(): row["NDC2"].strip() for row in crosswalk}
    seen = set()
    with open(shared / "truth/transitions.tsv", encoding="utf-8", newline="") as file:
        known = [(row["brand"], row["proper_name"], row["ndc"]) for row in csv.DictReader(file, delimiter="\t")]
    with open(shared / "cms/purple-book.csv", encoding="utf-8-sig", errors="replace", newline="") as file:
        listed = [(row["Proprietary Name"].split(",")[0].strip(), row["Proper Name"].strip()) for row in csv.DictReader(file)]
    licensed = [(brand, name, ndcs.get(brand.lower(), "")) for brand, name in listed]
    for brand, name, ndc in known + licensed:
        key = (brand.lower(), name.lower())
        if any(key) and key not in seen:
            seen.add(key)
            yield brand, name, ndc


def drugs(shared, work, count):
    """`count` lines of a list, no two alike."""
    known = list(itertools.islice(products(shared, work), 500))
    for number in range(count):
        brand, name, ndc = known[number % len(known)]
        times = number // len(known)
        yield (f"{brand or 'Brand'} {times}" if times else brand), name, ndc


def write_list(shared, work, count):
    """WORK/drugs.csv with `count` drugs."""
    with open(work / "drugs.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["brand", "proper_name", "ndc"])
        writer.writerows(drugs(shared, work, count))


def served_as(shared, name):
    """The name under which CMS serves a file of the mirror."""
    with open(shared / "cms/mirror/catalog.json", encoding="utf-8") as catalog:
        for posting in json.load(catalog):
            if any(version["file"] == name for version in posting["versions"]):
                return pathlib.PurePosixPath(posting["path"]).name
    raise SystemExit(f"the catalog of the mirror does not name {name}")


def main(shared, work, quarter="2025-oct", count="500"):
    shared, work = pathlib.Path(shared), pathlib.Path(work)
    source = work / "src"
    source.mkdir(parents=True, exist_ok=True)
    for series in ("hcpcs", "asp", "xwalk"):
        # Of several postings the last one by name: `v4` after `v1`.
        posted = sorted((shared / "cms/mirror/files").glob(f"{series}-{quarter}*.zip"))
        posted = [path for path in posted if "restated" not in path.name]
        shutil.copy(posted[-1], source / served_as(shared, posted[-1].name))
    write_list(shared, work, int(count))
    (work / "config.toml").write_text(CONFIG)


if __name__ == "__main__":
    main(*sys.argv[1:])
