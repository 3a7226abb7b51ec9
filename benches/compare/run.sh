#!/bin/sh
# The job itself: an empty database, the zips of WORK/src, the drugs of WORK/drugs.csv, queued mail as files.
# Usage: run.sh BINARY WORK DAY
set -eu
cd "$2"
rm -rf hcpcs-watch.db* archive outbox
cat > config.toml <<TOML
[practice]
name = "Performance"
time_zone = "America/New_York"
drug_list = "drugs.csv"
[source]
location = "src"
[mail]
transport = "file"
recipients = ["billing@example.org"]
TOML
exec "$1" -q --config config.toml --today "$3" run
