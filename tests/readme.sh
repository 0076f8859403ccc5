#!/bin/sh
# Every command of the README does what it says: the `sh` blocks as they stand, with the set-up
# (packages, build, test run) stubbed out; the `terminals` blocks one line a process. In a network
# namespace of its own, because the README's ports are fixed.
set -eu
if [ "${1:-}" != inside ]; then
	unshare -rn true 2>/dev/null || { echo "skip: no private network namespace here"; exit 77; }
	command -v ip >/dev/null || { echo "skip: ip is not installed"; exit 77; }
	exec unshare -rn sh "$0" inside
fi
ip link set lo up
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/stubs"
for name in apt-get sudo cmake make brew ctest; do
	printf '#!/bin/sh\nexit 0\n' >"$tmp/stubs/$name"
	chmod +x "$tmp/stubs/$name"
done
ln -s "$(dirname "$REUSE")" "$tmp/out"
PATH=$tmp/stubs:$PATH
cd "$tmp"

# block KIND N: the Nth block of that kind, its indentation taken off.
block() {
	awk -v kind="$1" -v n="$2" '
		$1 == "```" kind { seen++; inside = seen == n; next }
		$1 == "```" { inside = 0 }
		inside { sub(/^   /, ""); print }' "$SOURCE/README.md"
}

fail() {
	echo "FAIL: $*"
	for file in "$tmp"/*.txt; do echo "$file:"; cat "$file"; done
	exit 1
}

n=1
while block sh $n >"$tmp/block" && [ -s "$tmp/block" ]; do
	timeout 60 bash -e "$tmp/block" >"$tmp/sh$n.txt" 2>&1 || fail "sh block $n ended with $?"
	if grep -q 'reuse connect' "$tmp/block"; then
		for port in 3000 3002; do
			grep -q "^127.0.0.1:3001 -> 127.0.0.1:$port connected" "$tmp/sh$n.txt" ||
				fail "sh block $n: no connection to $port from the shared source"
		done
	fi
	n=$((n + 1))
done
[ "$n" -gt 4 ] || fail "only $((n - 1)) sh blocks in the README"

n=1
while block terminals $n >"$tmp/block" && [ -s "$tmp/block" ]; do
	rm -f "$tmp"/terminal*
	line=0
	pids=
	while read -r command; do
		line=$((line + 1))
		# Each terminal ends by ctrl-c; a connector as soon as it has its first echo.
		case $command in
		*list*)
			$command >"$tmp/terminal$line.txt" 2>&1 &
			pids="$pids $!"
			tries=400
			until grep -qs '^listening' "$tmp/terminal$line.txt" || [ $tries = 0 ]; do
				tries=$((tries - 1)); sleep 0.025
			done
			;;
		*)
			timeout 20 $command >"$tmp/terminal$line.txt" 2>&1 &
			pids="$pids $!"
			tries=400
			until grep -qs 'Dub' "$tmp/terminal$line.txt" || [ $tries = 0 ]; do
				tries=$((tries - 1)); sleep 0.025
			done
			grep -q '^127.0.0.1:3001 -> .* connected' "$tmp/terminal$line.txt" ||
				fail "terminals block $n, line $line: $command"
			;;
		esac
	done <"$tmp/block"
	# shellcheck disable=SC2086 # a list of pids
	kill -TERM $pids
	for pid in $pids; do wait "$pid" || :; done
	n=$((n + 1))
done
[ "$n" = 4 ] || fail "$((n - 1)) experiments by hand in the README, wanted 3"
