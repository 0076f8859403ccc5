#!/bin/sh
# Strangers as peers: what lib.sh of tests/cli has, and ten megabytes.
# shellcheck shell=sh disable=SC2031,SC2034,SC2154 # the variables of the other lib.sh
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# ten_megabytes: $tmp/data.
ten_megabytes() { dd if=/dev/urandom of="$tmp/data" bs=100000 count=100 2>/dev/null; }

# same_back: $tmp/back is $tmp/data, by checksum.
same_back() {
	is "checksum and size of what came back" "$(cksum <"$tmp/back")" "$(cksum <"$tmp/data")"
}

# echoed_all: ends the server, whose only connection brought $tmp/data. (Its line for that connection may
# be among those that are left out under load.)
echoed_all() {
	stop server
	is "status of the server" "$status" 0
	has server.out '^1 connections?, 10000000 bytes echoed, '
}

# there_and_back COMMAND...: a client of `reuse listen` at $port that sends its stdin, half-closes,
# and prints what comes back.
there_and_back() {
	ten_megabytes
	status=0
	timeout 30 "$@" <"$tmp/data" >"$tmp/back" 2>"$tmp/client.err" || status=$?
	is "status of $1" "$status" 0
	same_back
	echoed_all
}

# heartbeats_and_megabytes: `reuse connect` to the echo server at $port.
heartbeats_and_megabytes() {
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 5 -i 0 hello
	is status "$status" 0
	has run.out '^5 sent, 5 echoed, 0% lost'
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 -s 10M -W 15 -q
	is status "$status" 0
	has run.out '^1 sent, 1 echoed, 0% lost'
}

# on_a_free_port NAME COMMAND...: a server that cannot tell which port it got; PORT in COMMAND is
# replaced by one that was free a moment ago. Again with another if somebody was faster: $port.
on_a_free_port() {
	name=$1; shift
	for attempt in 1 2 3 4 5; do
		free_port
		rm -f "$tmp/$name".*
		# shellcheck disable=SC2016 # the inner shell expands it
		spawn "$name" sh -c 'port=$1; shift
			for word; do shift; case $word in PORT) set -- "$@" "$port" ;; *) set -- "$@" "$word" ;; esac; done
			exec "$@"' sh "$port" "$@"
		await 5 _answers_or_is_over "$name"
		is_over "$name" || return 0
	done
	fail "$1 did not get a port in 5 attempts"
}
_answers_or_is_over() {
	is_over "$1" || timeout 5 "$REUSE" connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 >"$tmp/answer.txt" 2>&1
}
