#!/bin/sh
# `reuse why` of holders of random kinds; its answers are carried out. ROUNDS and SEED choose others.
# ctest: timeout=180
# shellcheck disable=SC2031,SC2317 # promises are called by name in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/why.sh
. "$lib/why.sh"

# The kernel of before Linux 6.8 lists no bound-only socket.
what_it_says_of_random_holders_is_what_happens() {
	beyond_posix "way to see who holds a port"
	[ "$(id -u)" = 0 ] || skip "needs a second user: root only"
	need network python3 setpriv
	spawn random $apart sh -c 'ip link set lo up && exec "$@"' - "$python" "$lib/why_random.py" "$REUSE" "${ROUNDS:-200}" "${SEED:-1}"
	await "${LIMIT:-160}" test -s "$tmp/random.rc" || fail "it has not ended"
	has random.out ' rounds, 0 broken'
	is status "$(cat "$tmp/random.rc")" 0
}

keep_promises
