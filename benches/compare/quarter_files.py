"""What the Python alternatives share: the files of a quarter out of their zips, and the names of a drug list."""
import csv
import pathlib
import re
import zipfile

# Columns of the HCPCS text, counted from 0, as CMS's record layout has them.
SPANS = {"code": (0, 5), "kind": (10, 11), "text": (11, 91), "added": (268, 276), "ended": (284, 292)}


def member(work, pattern):
    """Name and bytes of the one member of the zips of WORK/src whose name fits."""
    for path in sorted(pathlib.Path(work, "src").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.search(pattern, name, re.IGNORECASE):
                    return name, archive.read(name)
    raise SystemExit(f"no member of the zips in {work}/src is called like {pattern}")


def hcpcs(work, kind):
    """The HCPCS file: `text` or `workbook`."""
    return member(work, r"ANWEB(_v\d+)?\." + {"text": "txt", "workbook": "xlsx"}[kind] + "$")[1]


def pricing(work):
    """The pricing table from its header row on; CMS posts it as CSV."""
    return from_header(member(work, r"(pricing|payment limit).*\.csv$")[1], b"HCPCS Code,")


def crosswalk(work):
    """The crosswalk from its header row on."""
    return from_header(member(work, r"crosswalk.*\.csv$")[1], b"_CODE,")


def from_header(data, mark):
    """The lines from the one that holds `mark`."""
    return data[data.rindex(b"\n", 0, data.index(mark)) + 1 :]


def drugs(work):
    """Brand, proper name without its suffix, and NDC digits of every drug of the list, in lower case."""
    with open(pathlib.Path(work, "drugs.csv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = re.sub(r"-[a-z]{4}$", "", row["proper_name"].lower())
            yield row["brand"].lower(), name, row["ndc"].replace("-", "")
