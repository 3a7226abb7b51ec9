"""The same job as a person would do it with pandas: read the HCPCS file, the crosswalk and the pricing file of a quarter,
find the codes of a list of drugs by NDC, brand and proper name, and write them with first day and payment limit.

Usage: pandas_openpyxl.py WORK text|workbook    (WORK/src holds the three zips, WORK/drugs.csv the list)

The HCPCS file comes as text and as workbook; the workbook is read with openpyxl.
"""
import io
import pathlib
import sys

import pandas as pd
import quarter_files


def from_text(data):
    """A row a code, continuation lines joined."""
    names, spans = zip(*quarter_files.SPANS.items())
    lines = pd.read_fwf(
        io.BytesIO(data), colspecs=list(spans), names=names, dtype=str, encoding="cp1252", keep_default_na=False
    )
    lines = lines[lines["kind"].isin(["3", "4"])]
    return lines.groupby("code", sort=False, as_index=False).agg(
        text=("text", " ".join), added=("added", "first"), ended=("ended", "first")
    )


def from_workbook(data):
    """A row a code."""
    sheet = pd.read_excel(io.BytesIO(data), header=None, dtype=str, engine="openpyxl", keep_default_na=False)
    start = sheet.index[sheet[0] == "HCPC"][0]
    rows = sheet.iloc[start + 1 :].set_axis(sheet.iloc[start], axis=1)
    rows = rows[rows["RECID"] == "3"]
    names = {"HCPC": "code", "LONG DESCRIPTION": "text", "ADD DT": "added", "TERM DT": "ended"}
    return rows.rename(columns=names)[list(names.values())]


def table(data):
    return pd.read_csv(io.BytesIO(data), dtype=str, encoding="cp1252", keep_default_na=False)


def main(work, kind):
    data = quarter_files.hcpcs(work, kind)
    codes = from_text(data) if kind == "text" else from_workbook(data)
    pricing = table(quarter_files.pricing(work))
    crosswalk = table(quarter_files.crosswalk(work))

    drugs = pd.DataFrame(quarter_files.drugs(work), columns=["brand", "name", "ndc"]).rename_axis("drug").reset_index()
    in_force = codes[codes["code"].str[0].isin(["C", "J", "Q"]) & (codes["ended"].str.strip() == "")]
    texts = in_force["text"].str.lower()
    named = []
    for drug in drugs.itertuples():
        hits = pd.Series(False, index=texts.index)
        for word in filter(None, [drug.brand, drug.name]):
            hits |= texts.str.contains(word, regex=False)
        named += [(drug.drug, code) for code in in_force.loc[hits, "code"]]
    pairs = pd.DataFrame({"code": crosswalk.iloc[:, 0], "ndc": crosswalk["NDC2"].str.replace("-", "")})
    by_ndc = drugs.merge(pairs, on="ndc")[["drug", "code"]]
    found = pd.concat([pd.DataFrame(named, columns=["drug", "code"]), by_ndc]).drop_duplicates()
    found = found.sort_values(["drug", "code"])
    found = found.merge(codes, on="code", how="left")
    found = found.merge(pricing[["HCPCS Code", "Payment Limit"]], left_on="code", right_on="HCPCS Code", how="left")
    found.to_csv(pathlib.Path(work, "found-pandas.csv"), index=False)
    print(len(codes), len(pricing), len(crosswalk), found["drug"].nunique(), len(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
