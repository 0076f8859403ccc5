#!/bin/sh
# ctest: core
# What the kernel refuses `reuse connect`: told with its call, its name and what it means.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _hold: $held, a port that is bound and on which nobody listens: the source of a connection.
_hold() {
	serve holder -q 0 127.0.0.1
	spawn held "$REUSE" connect -q 127.0.0.1 0 127.0.0.1 "$port" -i 60
	held=$(source_of held)
}

nobody_listening_is_status_1() {
	_hold
	run connect 127.0.0.1 0 127.0.0.1 "$held" -c 1
	is status "$status" 1
	silent run.out # no connection, no summary
	is "the complaint" "$(sed -n 1p "$tmp/run.err")" \
		"reuse connect: connect 127.0.0.1:$held: Connection refused (ECONNREFUSED)"
}

a_refusal_is_explained() {
	_hold
	run connect 127.0.0.1 0 127.0.0.1 "$held" -c 1
	[ "$(lines run.err)" -ge 2 ] || fail "one line only: $(cat "$tmp/run.err")"
	is "lines of another form" "$(grep -Evc '^reuse connect: ' "$tmp/run.err")" 0
}

a_refusal_is_an_event() {
	_hold
	run connect --json 127.0.0.1 0 127.0.0.1 "$held" -c 1
	is status "$status" 1
	has run.err '^reuse connect: connect 127\.0\.0\.1:[0-9]+: Connection refused \(ECONNREFUSED\)$'
	events run.out
	has events "^error call=\"connect\" errno=\"ECONNREFUSED\" local=\"127\.0\.0\.1:[0-9]+\" message=\".+\" peer=\"127\.0\.0\.1:$held\" ts="
	lacks events '^(connected|summary)'
}

a_refused_bind_is_an_event() {
	_hold
	serve other 0 127.0.0.1
	run connect --json 127.0.0.1 "$held" 127.0.0.1 "$port" -c 1 --no-reuseaddr --no-reuseport
	is status "$status" 1
	events run.out
	has events "^error call=\"bind\" errno=\"EADDRINUSE\" local=\"127\.0\.0\.1:$held\" "
	run listen --json "$held" 127.0.0.1 --no-reuseaddr --no-reuseport
	is status "$status" 1
	events run.out
	has events "^error call=\"bind\" errno=\"EADDRINUSE\" local=\"127\.0\.0\.1:$held\" "
	has run.err '\(EADDRINUSE\)$'
}

the_same_pair_of_ends_is_told_to_be_connected_already() {
	serve server 0 127.0.0.1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	run connect 127.0.0.1 "$source" 127.0.0.1 "$port" -c 1
	is status "$status" 1
	silent run.out
	like "the complaint" "$(sed -n 1p "$tmp/run.err")" \
		"^reuse connect: connect 127\.0\.0\.1:$port: .*\((EADDRNOTAVAIL|EADDRINUSE)\)$"
	has run.err 'already'
	# and the first is none the worse for it
	stop first
	is "status of the first" "$status" 0
}

a_source_that_is_not_ours_is_refused() {
	run connect 192.0.2.99 0 127.0.0.1 9 -c 1
	is status "$status" 1
	silent run.out
	like "the complaint" "$(sed -n 1p "$tmp/run.err")" \
		'^reuse connect: bind 192\.0\.2\.99:0: .*\(EADDRNOTAVAIL\)$'
}

an_answer_that_does_not_come_ends_after_the_timeout() {
	need python3
	misbehave full never_accepts
	began=$(date +%s)
	run connect 127.0.0.1 0 127.0.0.1 "$port" -W 0.5 -c 1
	is status "$status" 1
	silent run.out
	has run.err "^reuse connect: connect 127\.0\.0\.1:$port: .*\(ETIMEDOUT\)$"
	below "seconds to time out after 0.5" "$(($(date +%s) - began))" 4
}

a_signal_ends_the_wait_for_an_answer() {
	need python3
	misbehave full never_accepts
	interruptible client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -W 50 --explain
	await_line client.err '^(bind|connect)\('
	tell client INT
	ended client 4
	is status "$status" 1
	silent client.out
}

keep_promises
