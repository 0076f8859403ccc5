#!/bin/sh
# ctest: core
# How `reuse listen` ends: what is owed is sent back, a second signal does not wait, and
# nobody needs to read what it tells.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _owe [MANNER]: a server (with the words $drain) that owes its echo to a client that does not read,
# and which has half-closed, if MANNER is half.
_owe() {
	# shellcheck disable=SC2086 # words
	serve server --json -q 0 127.0.0.1 $drain
	peer stuck stuck 127.0.0.1 "$port" "$tmp/go" ${1:+"$1"}
	await_line stuck.out '^stuck [0-9]' 20
}

drain_bounds_the_end() {
	drain="--drain 0.3"
	_owe
	tell server TERM
	ended server 4
	is status "$status" 0
	has server.out '"summary"'
}

# _all_comes_back [MANNER]: after the signal, to a client that reads again.
_all_comes_back() {
	drain="--drain 10s"
	_owe "$@"
	tell server TERM
	await 1 is_over server && fail "did not wait for the client to take its echo"
	: >"$tmp/go"
	await_line stuck.out '^got [0-9]+ same (eof|reset)$' 10
	ended server
	is status "$status" 0
	events server.out
	owed=$(sed -n 's/^summary bytes=\([0-9]*\) .*/\1/p' "$tmp/events")
	got=$(sed -n 's/^got \([0-9]*\) .*/\1/p' "$tmp/stuck.out")
	is "what came back" "$got" "$owed"
	[ "$got" -gt 100000 ] || fail "only $got bytes were owed"
}

what_was_read_is_sent_back_after_the_signal() { _all_comes_back; }

what_was_read_is_sent_back_to_a_client_that_half_closed() { _all_comes_back half; }

# The rest lies in the kernel when nothing has moved for a while.
what_was_read_is_sent_back_to_a_client_that_pauses() { beyond_posix "way to know what the peer has not acknowledged"; _all_comes_back pauses; }

half_close_does_not_forgive_a_debt() {
	drain=
	_owe half
	: >"$tmp/go"
	await_line stuck.out '^got [0-9]+ same eof$' 20
	is "what came back" "$(sed -n 's/^got \([0-9]*\) .*/\1/p' "$tmp/stuck.out")" \
		"$(sed -n 's/^stuck //p' "$tmp/stuck.out")"
}

# In the queue of the listener, and behind the only place.
what_had_arrived_in_the_queue_is_echoed_and_nothing_later() {
	for words in "" "-m 1"; do
		# shellcheck disable=SC2086 # words
		serve server -q 0 127.0.0.1 $words
		tell server STOP
		peer crowd early 127.0.0.1 "$port" 40 "$tmp/go"
		await_line crowd.out '^sent 40$' 10
		tell server TERM
		tell server CONT
		await_line crowd.out '^echoed 40 ended 40$' 10
		ended server 4
		is "status $words" "$status" 0
		has server.out '^40 connections, 200 bytes echoed, '
		rm -f "$tmp"/server.* "$tmp"/crowd.*
	done
}

second_signal_ends_it_at_once() {
	drain="--drain 50s"
	_owe
	tell server TERM
	await 1 is_over server && fail "the first signal did not leave time to drain"
	tell server TERM
	ended server 2
}

idle_connections_do_not_hold_up_the_end() {
	serve server 0 127.0.0.1 --drain 50s
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line client.out '^Lub'
	tell server TERM
	ended server 3
	is status "$status" 0
	ended client 3
}

a_full_queue_does_not_hold_up_the_end() {
	serve server 0 127.0.0.1 -m 1 --drain 50s
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line first.out '^Lub'
	spawn second "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -W 20
	await_line second.out ' connected in '
	tell server TERM
	ended server 3
	is status "$status" 0
}

# _read_one_line: a fifo at $tmp/pipe whose reader takes one line (to line.out) and leaves.
_read_one_line() {
	mkfifo "$tmp/pipe"
	# shellcheck disable=SC2016 # the inner shell expands it
	spawn line sh -c 'exec head -n 1 <"$1"' sh "$tmp/pipe"
}

a_reader_that_leaves_ends_listen_quietly() {
	_read_one_line
	# shellcheck disable=SC2016
	spawn server sh -c 'exec "$1" listen 0 127.0.0.1 >"$2"' sh "$REUSE" "$tmp/pipe"
	await_listening line
	ended line
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c1 -W 5
	ended server 5
	below status "$status" 126
	silent server.err
}

a_reader_that_leaves_ends_connect_quietly() {
	serve server 0 127.0.0.1
	_read_one_line
	# shellcheck disable=SC2016
	spawn client sh -c 'exec "$1" connect 127.0.0.1 0 127.0.0.1 "$2" -i 0.05 >"$3"' \
		sh "$REUSE" "$port" "$tmp/pipe"
	ended client 5
	below status "$status" 126
	silent client.err
	has line.out ' connected in '
}

without_stdout_no_socket_takes_its_place() {
	serve server 0 127.0.0.1
	status=0
	timeout 10 "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0 hello >&- 2>"$tmp/run.err" || status=$?
	below status "$status" 124
	silent run.err
	stop server
	! grep -Eq '^  .* bytes$' "$tmp/server.out" ||
		is "what the server heard" "$(grep -E '^  .* bytes$' "$tmp/server.out" | grep -Evc ' 5 bytes$')" 0
}

keep_promises
