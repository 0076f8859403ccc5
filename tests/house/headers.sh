#!/bin/sh
# Each header stands alone.
set -eu
cd "${SOURCE:-$(dirname "$0")/..}"
cc=${CC:-cc}
command -v "$cc" >/dev/null || { echo "skip: no $cc"; exit 77; }
status=0
for header in $(find src -name "*.h" | sort); do
	"$cc" -std=c11 -D_GNU_SOURCE -iquote src -iquote "$(dirname "$REUSE")" -fsyntax-only -x c "$header" || status=1
done
exit $status
