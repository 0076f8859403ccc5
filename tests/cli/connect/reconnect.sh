#!/bin/sh
# ctest: core
# `reuse connect --reconnect`: the same source again, without hurry.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_connected() { [ "$(count client.out "^127\.0\.0\.1:$source -> 127\.0\.0\.1:$port connected in ")" -ge "$1" ]; }

the_source_stays_over_a_restart_of_the_server() {
	serve server 0 127.0.0.1
	spawn client "$REUSE" connect --reconnect 127.0.0.1 0 127.0.0.1 "$port" -i 0.1
	source=$(source_of client)
	await_line client.out 'Dub'
	stop server
	spawn server2 "$REUSE" listen "$port" 127.0.0.1
	await_listening server2
	await 10 _connected 2 || fail "not connected again from 127.0.0.1:$source"
	await_line server2.out "^  127\.0\.0\.1:$source 2 bytes$"
	stop client
	is status "$status" 0
	has client.out '^[0-9]+ sent, [0-9]+ echoed, '
}

a_server_that_is_not_there_yet_is_waited_for() {
	serve server 0 127.0.0.1
	stop server
	spawn client "$REUSE" connect --reconnect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	await_line client.err '\(ECONNREFUSED\)'
	spawn server2 "$REUSE" listen "$port" 127.0.0.1
	await_listening server2
	ended client 15
	is status "$status" 0
	has client.out '^1 sent, 1 echoed, 0% lost'
}

# Also the one that port 0 got, which no connection has had yet.
the_source_stays_while_there_is_no_server() {
	need python3
	misbehave holder only_binds
	spawn client "$REUSE" connect --reconnect --json 127.0.0.1 0 127.0.0.1 "$port"
	await 20 _refused 3 || fail "fewer than 3 tries"
	stop client
	events client.out
	is "sources that were tried" "$(sed -n 's/^error .* local="\([^"]*\)".*/\1/p' "$tmp/events" | sort -u | grep -c .)" 1
}

it_waits_longer_each_time() {
	need python3
	misbehave holder only_binds
	spawn client "$REUSE" connect --reconnect --json 127.0.0.1 0 127.0.0.1 "$port"
	await 20 _refused 4 || fail "fewer than 4 tries"
	stop client
	is status "$status" 1
	events client.out
	sed -n 's/^error .*errno="ECONNREFUSED".* ts=\([0-9.]*\).*/\1/p' "$tmp/events" | awk '
		NR > 1 { wait = $1 - last; printf "%.3f ", wait; if (wait > 5.5) exit 1 }
		NR > 2 && wait < before * 1.05 { exit 1 }
		{ before = wait; last = $1 }' >"$tmp/waits" || fail "waits are $(cat "$tmp/waits")"
}
_refused() { [ "$(count client.out '"ECONNREFUSED"')" -ge "$1" ]; }

without_it_the_end_is_the_end() {
	serve server 0 127.0.0.1
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line client.out 'Dub'
	stop server
	ended client 4
	is status "$status" 1
	has client.out '^1 sent, 1 echoed, 0% lost'
}

a_signal_ends_the_wait_between_tries() {
	need python3
	misbehave holder only_binds
	interruptible client "$REUSE" connect --reconnect 127.0.0.1 0 127.0.0.1 "$port"
	await_line client.err '\(ECONNREFUSED\)'
	tell client INT
	ended client 4
	is status "$status" 1
}

keep_promises
