#!/bin/sh
# The job itself: an empty database, the zips of WORK/src, the drugs of WORK/drugs.csv, messages as files in WORK/outbox.
# Usage: run.sh BINARY WORK DAY
set -eu
cd "$2"
rm -rf hcpcs-watch.db* archive outbox
exec "$1" -q --config config.toml --today "$3" run
