"""The same job as a script would do it with pandas and openpyxl: read the HCPCS file, the crosswalk and the pricing
workbook of a quarter, and find the codes of the drugs of a list by NDC and by name.

Usage: pandas_openpyxl.py WORK        (WORK/src holds the three zips, WORK/drugs.csv the list)
"""
import io
import pathlib
import re
import sys
import zipfile

import pandas as pd


def members(zips, pattern):
    """The members of all zips whose name fits, by name."""
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.search(pattern, name, re.IGNORECASE):
                    yield name, archive.read(name)


def hcpcs(data):
    """Codes with their descriptor and dates; the layout is that of CMS's record layout file."""
    spans = [(0, 5), (5, 10), (10, 11), (11, 91), (268, 276), (276, 284), (284, 292), (292, 293)]
    names = ["code", "sequence", "kind", "text", "added", "effective", "ended", "action"]
    rows = pd.read_fwf(io.BytesIO(data), colspecs=spans, names=names, dtype=str, encoding="cp1252", keep_default_na=False)
    return rows.groupby("code", sort=False).agg(text=("text", " ".join), added=("added", "first"), ended=("ended", "first"))


def table(name, data, first):
    """A table whose header row is the first to hold `first`."""
    if name.lower().endswith(".csv"):
        lines = data.decode("cp1252").splitlines()
        start = next(i for i, line in enumerate(lines) if first in line.upper())
        return pd.read_csv(io.StringIO("\n".join(lines[start:])), dtype=str, keep_default_na=False)
    sheet = pd.read_excel(io.BytesIO(data), header=None, dtype=str, engine="openpyxl", keep_default_na=False)
    start = next(i for i, row in sheet.iterrows() if any(first in str(cell).upper() for cell in row))
    return sheet.iloc[start + 1 :].set_axis(sheet.iloc[start], axis=1)


def main(work):
    zips = sorted(pathlib.Path(work, "src").glob("*.zip"))
    codes = pd.concat(hcpcs(data) for _, data in members(zips, r"HCPC\d{4}.*_ANWEB[^/]*\.txt$"))
    pricing = [table(name, data, "HCPCS CODE") for name, data in members(zips, r"pricing.*\.(csv|xlsx)$")]
    crosswalk = [table(name, data, "NDC2") for name, data in members(zips, r"crosswalk.*\.csv$|ndc.*\.csv$")]
    pairs = pd.concat(crosswalk) if crosswalk else pd.DataFrame()
    ndc_column = next((column for column in pairs.columns if "NDC" in str(column).upper()), None)
    by_ndc = {} if ndc_column is None else dict(zip(pairs[ndc_column], pairs.iloc[:, 0]))
    texts = codes["text"].str.lower()
    found = 0
    for drug in pd.read_csv(pathlib.Path(work, "drugs.csv"), dtype=str, keep_default_na=False).itertuples():
        words = re.split(r"[^a-z0-9]+", drug.proper_name.lower())
        hits = texts[texts.str.contains(words[0], regex=False)] if words[0] else []
        found += bool(by_ndc.get(drug.ndc) or len(hits))
    print(len(codes), sum(map(len, pricing)), len(pairs), found)


if __name__ == "__main__":
    main(sys.argv[1])
