#!/bin/sh
# `reuse why` in situations made for real: what it has to say of each, and its advice carried out.
# ctest: timeout=300 os=Linux
# shellcheck disable=SC2016,SC2031,SC2317 # promises are called by name in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/why.sh
. "$lib/why.sh"

each_situation_has_its_sentences_and_its_advice_helps() {
	beyond_posix "way to see who holds a port"
	[ "$(id -u)" = 0 ] || skip "needs several users and networks: root only"
	need network python3 setpriv ip
	spawn situations $apart "$python" -B "$lib/why_situations.py" "$REUSE"
	await "${LIMIT:-280}" test -s "$tmp/situations.rc" || fail "it has not ended: $(cat "$tmp/situations.out")"
	sed -n 's/^skipped: /skip /p' "$tmp/situations.out"
	has situations.out ' situations, 0 broken'
	is status "$(cat "$tmp/situations.rc")" 0
}

keep_promises
