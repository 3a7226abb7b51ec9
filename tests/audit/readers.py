#!/usr/bin/env python3
"""Opens the reports of a folder with readers that know nothing of this program: Python's csv, json and html.parser, and
openpyxl. Usage: python3 tests/audit/readers.py FOLDER"""

import csv
import datetime
import html.parser
import json
import pathlib
import sys

import openpyxl


def check(condition, what):
    if not condition:
        sys.exit(f"readers: {what}")


def check_csv(path, spans):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    check(len(rows) == spans, f"{path}: {len(rows)} records, {spans} periods in the JSON")
    for row in rows:
        check(None not in row and None not in row.values(), f"{path}: ragged record {row}")
        datetime.date.fromisoformat(row["valid_from"])
        for cell in row.values():
            check(cell[:1] not in ("=", "+", "-", "@"), f"{path}: a formula: {cell}")
    return len(rows)


def check_xlsx(path, spans):
    book = openpyxl.load_workbook(path)
    for sheet in book:
        check(sheet.freeze_panes == "A2", f"{path} {sheet.title}: the heads are not frozen")
        check(sheet.auto_filter.ref, f"{path} {sheet.title}: no filter")
        for row in sheet.iter_rows():
            for cell in row:
                check(cell.data_type != "f", f"{path} {sheet.title} {cell.coordinate}: a formula")
    codes = list(book["Codes"].iter_rows(values_only=True))
    check(len(codes) == spans + 1, f"{path}: {len(codes) - 1} codes, {spans} periods in the JSON")
    since = codes[0].index("valid from")
    recent = [row[since] for row in codes[1:] if not isinstance(row[since], str)]
    check(recent and all(isinstance(day, datetime.datetime) for day in recent), f"{path}: dates are not typed")
    limits = list(book["Payment limits"].iter_rows(values_only=True))
    priced = [row[4] for row in limits[1:] if row[4] is not None]
    check(priced and all(isinstance(limit, (int, float)) for limit in priced), f"{path}: limits are not numbers")
    return len(book.sheetnames)


class Page(html.parser.HTMLParser):
    """Counts what is open: every element that needs an end has one, in the right order."""

    VOID = {"meta", "input", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], 0

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        self.rows += tag == "tr"

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, f"page: </{tag}> at {self.getpos()} closes {self.open[-1:]}")
        self.open.pop()


def check_html(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    check(not page.open, f"{path}: not closed: {page.open}")
    return page.rows


def main():
    folder = pathlib.Path(sys.argv[1])
    found = sorted(folder.glob("audit-*.json"))
    check(found, f"{folder}: no report")
    for path in found:
        document = json.loads(path.read_text(encoding="utf-8"))
        spans = sum(len(drug["codes"]) for drug in document["drugs"])
        records = check_csv(path.with_suffix(".csv"), spans)
        sheets = check_xlsx(path.with_suffix(".xlsx"), spans)
        rows = check_html(path.with_suffix(".html"))
        print(f"{path.stem}: {records} records, {sheets} sheets, {rows} rows in the page")


main()
