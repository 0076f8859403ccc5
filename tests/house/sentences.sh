#!/bin/sh
# Each sentence that `reuse why` can say is named by a test; lists those that are not (tests/lib/sentences.py).
set -eu
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
exec python3 -B "$SOURCE/tests/lib/sentences.py" "$SOURCE"
