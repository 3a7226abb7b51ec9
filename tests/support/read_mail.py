"""Reads a delivered message with Python's own parser and prints what it found as JSON: an independent reader for the tests."""

import email
import email.policy
import io
import json
import sys
import zipfile

with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
files = {part.get_filename(): part for part in message.iter_attachments()}
book = zipfile.ZipFile(io.BytesIO(files["crosswalk.xlsx"].get_content()))
strings = book.read("xl/sharedStrings.xml").decode("utf-8")
json.dump(
    {
        "defects": [repr(one) for part in message.walk() for one in part.defects],
        "subject": message["Subject"],
        "message_id": message["Message-ID"],
        "references": message["References"],
        "auto_submitted": message["Auto-Submitted"],
        "reply_to": message["Reply-To"],
        "text": message.get_body(("plain",)).get_content(),
        "html": message.get_body(("html",)).get_content(),
        "files": list(files),
        "calendar": files["effective-dates.ics"].get_payload(decode=True).decode("utf-8"),
        "workbook": "Briumvi in xl/sharedStrings.xml" if "Briumvi" in strings else strings,
    },
    sys.stdout,
)
