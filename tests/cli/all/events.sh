#!/bin/sh
# The table of `reuse help json` and what the commands write are the same: what is written and not in it is found
# wherever a test reads events (lib.sh, events).
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

every_event_and_field_of_the_table_is_written() {
	need python3
	beyond_posix "way to run a program traced"
	status=0
	timeout 110 "$python" "$lib/documented.py" "$REUSE" >"$tmp/missing.out" 2>"$tmp/missing.err" || status=$?
	is status "$status" 0
	silent missing.out
}

what_is_not_in_the_table_is_found() {
	need python3
	printf '%s\n' '{"event":"start","ts":1800000000.000000,"schema":1,"command":"try","version":"0.1.0"}' \
		'{"event":"step","ts":1800000000.000001,"trial":"1"}' >"$tmp/wrong.out"
	! (promise="" events wrong.out) >/dev/null || fail "a number that is text goes unnoticed"
}

keep_promises
