"""The same job as pandas_openpyxl.py, done with polars; the workbook is read with fastexcel.

Usage: polars_fastexcel.py WORK text|workbook
"""
import io
import pathlib
import sys

import polars as pl
import quarter_files


def from_text(data):
    """A row a code, continuation lines joined."""
    lines = pl.DataFrame({"line": data.decode("cp1252").splitlines()}).select(
        pl.col("line").str.slice(first, end - first).str.strip_chars().alias(name)
        for name, (first, end) in quarter_files.SPANS.items()
    )
    lines = lines.filter(pl.col("kind").is_in(["3", "4"]))
    return lines.group_by("code", maintain_order=True).agg(
        pl.col("text").str.join(" "), pl.col("added").first(), pl.col("ended").first()
    )


def from_workbook(data):
    """A row a code."""
    sheet = pl.read_excel(data, engine="calamine", has_header=False, infer_schema_length=0)
    start = sheet.to_series(0).index_of("HCPC")
    rows = sheet.slice(start + 1).rename(dict(zip(sheet.columns, map(str, sheet.row(start)))))
    names = {"HCPC": "code", "LONG DESCRIPTION": "text", "ADD DT": "added", "TERM DT": "ended"}
    return rows.filter(pl.col("RECID") == "3").select(pl.col(old).alias(new) for old, new in names.items())


def table(data):
    return pl.read_csv(io.BytesIO(data), infer_schema=False, encoding="cp1252", truncate_ragged_lines=True)


def main(work, kind):
    data = quarter_files.hcpcs(work, kind)
    codes = from_text(data) if kind == "text" else from_workbook(data)
    pricing = table(quarter_files.pricing(work))
    crosswalk = table(quarter_files.crosswalk(work))

    drugs = pl.DataFrame(list(quarter_files.drugs(work)), schema=["brand", "name", "ndc"], orient="row")
    drugs = drugs.with_row_index("drug")
    words = drugs.unpivot(["brand", "name"], index="drug", value_name="word").filter(pl.col("word") != "")
    in_force = codes.filter(
        pl.col("code").str.slice(0, 1).is_in(["C", "J", "Q"]), pl.col("ended").fill_null("").str.strip_chars() == ""
    )
    hits = pl.col("text").str.to_lowercase().str.extract_many(words["word"].unique().implode(), overlapping=True)
    by_name = in_force.select("code", hits.alias("word")).explode("word").drop_nulls().join(words, on="word")
    pairs = crosswalk.select(pl.nth(0).alias("code"), pl.col("NDC2").str.replace_all("-", "").alias("ndc"))
    by_ndc = drugs.join(pairs, on="ndc")
    found = pl.concat([by_name.select("drug", "code"), by_ndc.select("drug", "code")]).unique().sort("drug", "code")
    found = found.join(codes, on="code", how="left")
    found = found.join(
        pricing.select("HCPCS Code", "Payment Limit"), left_on="code", right_on="HCPCS Code", how="left"
    )
    found.write_csv(pathlib.Path(work, "found-polars.csv"))
    print(len(codes), len(pricing), len(crosswalk), found["drug"].n_unique(), len(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
