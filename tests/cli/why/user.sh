#!/bin/sh
# The promises of holders.sh, kept for an ordinary user as well.
set -eu
other() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
there=$(cd "$(dirname "$0")" && pwd)

[ "$(id -u)" = 0 ] || { echo "skip: why.holders has run as an ordinary user"; exit 77; }
command -v setpriv >/dev/null || { echo "skip: setpriv is not installed"; exit 77; }
other "$REUSE" --version >/dev/null 2>&1 || { echo "skip: an ordinary user cannot run $REUSE"; exit 77; }
other test -r "$there/holders.sh" || { echo "skip: an ordinary user cannot read $there"; exit 77; }
other sh "$there/holders.sh"
