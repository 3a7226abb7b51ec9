#!/bin/sh
# Every figure of docs/PERFORMANCE.md in one go, on a machine that does nothing else: about a quarter of an hour after
# the build. The tables go to standard output, the picture to docs/growth.svg.
# Usage: HCPCS_WATCH_SHARED=FOLDER benches/compare/figures.sh > figures.txt
set -eu
cd "$(dirname "$0")/../.."
shared=${HCPCS_WATCH_SHARED:-../shared}
export HCPCS_WATCH_SHARED="$shared"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cargo build --release --locked
ls -l target/release/hcpcs-watch
python3 benches/compare/side_by_side.py target/release/hcpcs-watch "$work"
python3 benches/compare/growth.py target/release/hcpcs-watch "$shared" docs/growth.svg
cargo bench --locked > "$work/stages.txt"
echo
python3 benches/compare/stage_table.py < "$work/stages.txt"
