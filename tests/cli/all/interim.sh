#!/bin/sh
# SIGQUIT, as for ping: the summary so far, and all goes on.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _beat: one heartbeat to the server.
_beat() { run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1; is "status of a client" "$status" 0; }

_listen_tells_what_it_has_served() {
	serve server -q 0 127.0.0.1 "$@"
	tell server QUIT
	await_line server.out '^0 connections, 0 bytes echoed, '
	_beat
	await 10 _tells_one || fail "no summary with what was served"
	_beat
	stop server
	is status "$status" 0
	has server.out '^2 connections, 4 bytes echoed, '
}
_tells_one() { tell server QUIT; sleep 0.05; grep -q '^1 connections, 2 bytes echoed, ' "$tmp/server.out"; }

listen_tells_what_it_has_served_and_goes_on() { _listen_tells_what_it_has_served; }

listen_with_workers_tells_it_for_all() {
	_listen_tells_what_it_has_served -w 2
	[ "$(count server.out '^worker [01]: ')" -ge 6 ] || fail "no line for each worker"
}

listen_tells_it_in_json() {
	serve server --json 0 127.0.0.1
	tell server QUIT
	await_line server.out '"event":"summary","ts":[0-9.]*,"connections":0,"bytes":0,'
	_beat
	await_line server.out '"closed"'
	stop server
	is status "$status" 0
	events server.out
	is summaries "$(count events '^summary ')" 2
	has events '^summary bytes=2 connections=1 '
}

connect_tells_what_came_back_while_it_rests_and_goes_on() {
	serve server -q 0 127.0.0.1
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 2 -c 2
	await_line client.out 'Dub'
	tell client QUIT
	await_line client.out '^1 sent, 1 echoed, 0% lost, rtt ' 1
	ended client
	is status "$status" 0
	has client.out '^2 sent, 2 echoed, 0% lost, rtt '
}

connect_counts_a_heartbeat_that_is_out_as_not_lost() {
	misbehave mute silent
	spawn client "$REUSE" connect --json 127.0.0.1 0 127.0.0.1 "$port" -W 30
	await_line client.out '"connected"'
	await 10 _asked_of_the_client || fail "no summary"
	stop client
	events client.out
	has events '^summary echoed=0 lost=0 rtt_ms=null sent=1 '
	is "the last one" "$(grep '^summary ' "$tmp/events" | tail -n 1 | sed 's/ ts=.*//')" "summary echoed=0 lost=1 rtt_ms=null sent=1"
}
_asked_of_the_client() { tell client QUIT; sleep 0.05; grep -q '"sent":1' "$tmp/client.out"; }

keep_promises
