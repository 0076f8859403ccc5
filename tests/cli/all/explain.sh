#!/bin/sh
# ctest: core
# --explain: the calls on stderr, as strace writes them and shorter.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

listen_shows_its_calls_in_order() {
	serve server 0 127.0.0.1 --explain
	is "the calls" "$(sed -n 's/^\(socket\|bind\|listen\)(.*/\1/p' "$tmp/server.err" | tr '\n' ' ')" "socket bind listen "
	like "socket" "$(grep '^socket' "$tmp/server.err")" '^socket\(AF_INET, SOCK_STREAM.*\) = [0-9]+$'
	fd=$(sed -n 's/^socket(.*) = //p' "$tmp/server.err")
	for option in SO_REUSEADDR SO_REUSEPORT; do
		has server.err "^setsockopt\($fd, SOL_SOCKET, $option, 1\) = 0$"
	done
	has server.err "^setsockopt\($fd, SOL_SOCKET, SO_RCVTIMEO, .*5.*\) = 0$"
	has server.err "^setsockopt\($fd, SOL_SOCKET, SO_SNDTIMEO, .*5.*\) = 0$"
	has server.err "^bind\($fd, 127\.0\.0\.1:0\) = 0$"
	has server.err "^listen\($fd, [0-9]+\) = 0$"
	at=$(grep -n '^bind' "$tmp/server.err" | cut -d : -f 1)
	for option in SO_REUSEADDR SO_REUSEPORT; do
		below "line of $option, against bind" "$(grep -n "$option, 1" "$tmp/server.err" | cut -d : -f 1)" "$at"
	done
}

listen_shows_accept_and_close() {
	serve server 0 127.0.0.1 --explain
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	client=$(source_of run)
	await_line server.out '^- '
	await_line server.err '^close\('
	has server.err "^accept4?\([0-9]+, 127\.0\.0\.1:$client(, .*)?\) = [0-9]+$"
	fd=$(sed -n 's/^accept4\{0,1\}(.*) = \([0-9][0-9]*\)$/\1/p' "$tmp/server.err")
	has server.err "^close\($fd\) = 0$"
	lacks server.err '^(send|recv|poll)'
	stop server
}

a_refusal_is_shown_with_its_name() {
	serve server 0 127.0.0.1 --no-reuseport
	run listen "$port" 127.0.0.1 --explain
	is status "$status" 1
	has run.err "^bind\([0-9]+, 127\.0\.0\.1:$port\) = -1 EADDRINUSE$"
	lacks run.err '^listen\('
	fd=$(sed -n 's/^socket(.*) = //p' "$tmp/run.err")
	has run.err "^close\($fd\) = 0$"
	silent run.out
}

connect_shows_its_calls_in_order() {
	serve server 0 127.0.0.1
	run connect --explain 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	is "the calls" "$(sed -n 's/^\(socket\|bind\|connect\|close\)(.*/\1/p' "$tmp/run.err" | tr '\n' ' ')" \
		"socket bind connect close "
	has run.err "^connect\([0-9]+, 127\.0\.0\.1:$port\) = (0|-1 EINPROGRESS)$"
	has run.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, 1\) = 0$'
	has run.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEPORT, 1\) = 0$'
	lacks run.err '^(send|recv|poll)'
}

a_refused_connect_is_shown_with_its_name() {
	serve server 0 127.0.0.1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	run connect --explain 127.0.0.1 "$source" 127.0.0.1 "$port" -c 1
	is status "$status" 1
	has run.err "^bind\([0-9]+, 127\.0\.0\.1:$source\) = 0$"
	has run.err "^connect\([0-9]+, 127\.0\.0\.1:$port\) = -1 E[A-Z]+$"
}

send_recv_and_poll_come_with_v() {
	serve server 0 127.0.0.1 --explain -v
	run connect --explain -v 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0.05 hello
	is status "$status" 0
	is "sends of 5" "$(count run.err '^send(to|msg)?\(.*\) = 5$')" 2
	is "receipts of 5" "$(count run.err '^recv(from|msg)?\(.*\) = 5$')" 2
	has run.err '^p?poll\(.*\) = '
	await_line server.out '^- '
	for call in send recv 'p?poll'; do
		has server.err "^$call(from|to|msg|_wait)?\(.*\) = "
	done
}

stdout_is_as_without() {
	serve server 0 127.0.0.1
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0 --explain
	is lines "$(lines run.out)" 5
	lacks run.out '^(socket|bind|connect|send|recv|poll)\('
	run connect --json 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0 --explain -v
	has run.err '^bind\('
	events run.out
}

control_characters_and_broken_utf8_are_written_out() {
	beyond_posix "socket option for an interface"
	[ "$(uname)" = Linux ] || skip "SO_BINDTODEVICE is Linux"
	run listen 0 127.0.0.1 --explain --device "$(printf 'x\033[31m\377')"
	is status "$status" 1
	has run.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_BINDTODEVICE, "x\\x1b\[31m\\xff"\) = -1 E[A-Z]+$'
}

what_is_not_asked_for_is_not_shown() {
	serve server 0 127.0.0.1
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	silent run.err
	silent server.err
}

what_limits_does_to_measure_is_not_shown() {
	run limits --explain
	has run.err '^bind\('
	lacks run.err '^(connect|accept|send|recv)'
	below 'lines on stderr' "$(lines run.err)" 12
}

keep_promises
