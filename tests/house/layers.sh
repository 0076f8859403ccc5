#!/bin/sh
# A line of code knows its room: who may include whom, no circle, no name twice (tests/lib/layers.py).
set -eu
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
exec python3 -B "$SOURCE/tests/lib/layers.py" "$SOURCE/src"
