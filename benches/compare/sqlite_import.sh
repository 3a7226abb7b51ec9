#!/bin/sh
# SQLite's own CSV import of the crosswalk alone: one of the tables a quarter brings. Needs the sqlite3 shell.
# Usage: sqlite_import.sh WORK
set -eu
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
for zip in "$1"/src/*.zip; do
    unzip -Z1 "$zip" | grep -i 'crosswalk.*\.csv$' | while IFS= read -r member; do
        unzip -p "$zip" "$member" | sed -n '/NDC2/,$p' > "$scratch/crosswalk.csv"
        sqlite3 "$scratch/import.db" ".import --csv $scratch/crosswalk.csv crosswalk" 2>/dev/null
    done
done
sqlite3 "$scratch/import.db" "SELECT count(*) FROM crosswalk"
