#!/bin/sh
# Every command of the README does what it says, and what the README shows is what comes of it:
# readme.py. In namespaces of its own, because the README's ports are fixed. `readme.sh write`
# puts into the README what is said here and now: `make readme`.
set -eu
mode=${1:-check}
[ "$#" = 0 ] || shift
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
[ "${REUSE_OS:-}" != other ] || { echo "skip: the README shows what POSIX alone does not tell"; exit 77; }
root=
[ "$(id -u)" = 0 ] || root=-r
unshare $root -nmpf --mount-proc true 2>/dev/null || { echo "skip: no private namespaces here"; exit 77; }
exec unshare $root -nmpf --mount-proc \
	python3 -B "$SOURCE/tests/readme/readme.py" "$mode" "$SOURCE/README.md" "$REUSE" "$@"
