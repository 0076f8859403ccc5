#!/bin/sh
# ctest: timeout=300
# gVisor as the kernel, by Debian's runsc: a system of its own that says Linux 4.4.0 of itself.
# shellcheck disable=SC2031,SC2086,SC2154,SC2317 # promises are called by name, each in a subshell; $inside is words
# shellcheck source=tests/lib/interop.sh
. "$(dirname "$0")/../lib/interop.sh"

_need_runsc() {
	need runsc
	beyond_posix "gVisor"
	# Without the network of this machine: its own loopback alone.
	inside='runsc --rootless --ignore-cgroups --platform=ptrace --network=none do'
	capture timeout 20 $inside "$REUSE" --version
	[ "$status" = 0 ] || skip "runsc does not start here: $(tail -n 1 "$tmp/run.err" | cut -c1-200)"
}

# _within SECONDS COMMAND...: in gVisor; $status, $tmp/run.out, $tmp/run.err.
_within() {
	seconds=$1; shift
	status=0
	timeout "$seconds" $inside "$@" </dev/null >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
}

# Beside a table of Linux the cells are those that differ there, whoever knows why.
rules_beside_those_of_this_kernel() {
	[ "$(uname)" = Linux ] || skip "compared with Linux"
	_need_runsc
	"$REUSE" rules --json >"$tmp/linux.json" || :
	_within 60 "$REUSE" rules --diff "$tmp/linux.json"
	is status "$status" 1
	has run.out '^  bind TIME_WAIT, row -, column P:$'
	has run.out '^  bind TIME_WAIT, row A, column P:$'
	lacks run.out '^  overlap, '
	lacks run.out '^  bind open, row (-|A), column (-|A|P|AP):$'
}

# By its answers: it calls itself Linux 4.4.0.
it_is_known_and_so_is_its_rule() {
	_need_runsc
	_within 60 "$REUSE" rules
	is status "$status" 0
	has run.out ' on Linux 4.4.0'
	has run.out '^[0-9]* cells measured, all as documented for gVisor$'
	_within 60 "$REUSE" help systems
	has run.out '^gVisor \(this system\)$'
}

two_clients_share_a_source_and_both_sides_open_at_once() {
	_need_runsc
	_within 100 "$REUSE" experiment -q 1 2 3 9
	is status "$status" 0
	has run.out '^4 as expected, 0 differ, 0 skipped'
}

what_it_takes_and_does_not_heed_is_no_difference() {
	_need_runsc
	_within 100 "$REUSE" experiment --json 5 8 12
	is status "$status" 0
	events run.out
	has events '^step .*text="the server.s end, which has the port"|^outcome name="time-wait" number=5 outcome="expected"'
	has events '^outcome name="self-connect" number=8 outcome="skipped" reason=".*IP_LOCAL_PORT_RANGE'
	has events '^outcome name="ephemeral" number=12 outcome="skipped" reason=".*IP_LOCAL_PORT_RANGE'
}

listen_and_connect_within_it() {
	_need_runsc
	# shellcheck disable=SC2016 # the inner shell expands it
	_within 60 sh -c '
		"$1" listen 0 127.0.0.1 >/tmp/listen & server=$!
		for i in 1 2 3 4 5 6 7 8 9 10; do
			port=$(sed -n "s/^listening on .*:\([0-9]*\) .*/\1/p" /tmp/listen)
			[ -z "$port" ] || break
			sleep 0.5
		done
		"$1" connect 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0 hello &&
		"$1" connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 -s 1M -q &&
		kill "$server" && wait "$server" && cat /tmp/listen' sh "$REUSE"
	is status "$status" 0
	has run.out '^3 sent, 3 echoed, 0% lost'
	has run.out '^1 sent, 1 echoed, 0% lost'
	has run.out '^2 connections, 1000015 bytes echoed, '
}

why_of_a_port_within_it() {
	_need_runsc
	# shellcheck disable=SC2016 # the inner shell expands it
	_within 60 sh -c '
		"$1" listen 0 127.0.0.1 >/tmp/listen & server=$!
		for i in 1 2 3 4 5 6 7 8 9 10; do
			port=$(sed -n "s/^listening on .*:\([0-9]*\) .*/\1/p" /tmp/listen)
			[ -z "$port" ] || break
			sleep 0.5
		done
		"$1" why "127.0.0.1:$port"; echo "status $?"
		kill "$server" && wait "$server"
		"$1" why -q "127.0.0.1:$port"; echo "status $?"' sh "$REUSE"
	is "the two answers" "$(sed -n 's/^status //p' "$tmp/run.out" | tr '\n' ' ')" "1 0 "
}

a_thousand_connections_within_it() {
	_need_runsc
	_within 100 "$REUSE" limits --prove 1000
	is status "$status" 0
	has run.out '^1000 asked, 1000 opened, 1000 echoed'
}

keep_promises
