#!/bin/sh
# The physical floor: unpack and hash the zips of a folder, nothing else. Usage: floor.sh FOLDER
for zip in "$1"/*.zip; do unzip -p "$zip" | sha256sum; done
