#!/bin/sh
# The units that are installed as examples are what systemd accepts.
set -eu
command -v systemd-analyze >/dev/null || { echo "skip: systemd-analyze is not installed"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

units=$SOURCE/cmake/packaging/systemd
for name in reuse.socket reuse.service; do
	sed "s,/usr/local/bin/reuse,$REUSE," "$units/$name" >"$tmp/$name"
done
# Each word that ExecStart gives the program must be one of its own.
sed -n 's/^ExecStart=//p' "$tmp/reuse.service" | grep -q "^$REUSE listen" ||
	{ echo "FAIL: ExecStart is not reuse listen"; exit 1; }

if ! said=$(SYSTEMD_UNIT_PATH=$tmp: systemd-analyze verify "$tmp/reuse.service" "$tmp/reuse.socket" 2>&1); then
	echo "FAIL: $said"
	exit 1
fi
# Of other units on this machine it may have something to say as well.
if printf '%s\n' "$said" | grep "$tmp"; then exit 1; fi
score=$(systemd-analyze security --no-pager --offline=true "$tmp/reuse.service" 2>/dev/null |
	sed -n 's/.*Overall exposure level for reuse.service: \([0-9.]*\) .*/\1/p') || :
[ -n "$score" ] || { echo "skip: this systemd-analyze gives no score offline"; exit 77; }
"$REUSE" help service | grep -q "exposure $score" ||
	echo "note: 'reuse help service' quotes another exposure level than $score, which systemd's version decides"
echo "exposure level $score"
case $score in
[0-1].*) ;;
*) echo "FAIL: wanted less than 2"; exit 1 ;;
esac
