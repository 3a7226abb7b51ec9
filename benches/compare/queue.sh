#!/bin/sh
# From zips to queued alerts: an empty database, the drugs of WORK/drugs.csv, the zips of WORK/src. Nothing is sent.
# Usage: queue.sh BINARY WORK DAY
set -eu
cd "$2"
rm -rf hcpcs-watch.db* archive outbox
"$1" -q --config config.toml --today "$3" drugs import drugs.csv
exec "$1" -q --config config.toml --today "$3" releases fetch
