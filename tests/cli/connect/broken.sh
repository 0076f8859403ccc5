#!/bin/sh
# ctest: core emulated
# `reuse connect` with servers that do not keep to the echo: noticed at once, told, status 1.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _against MODE WORD...: `reuse connect WORD...` to that server of peer.py. Text to run.out,
# $took in whole seconds.
_against() {
	mode=$1; shift
	misbehave "$mode" "$mode"
	began=$(date +%s)
	run connect 127.0.0.1 0 127.0.0.1 "$port" "$@"
	took=$(($(date +%s) - began))
}

a_silent_server_loses_the_heartbeat_after_the_timeout() {
	_against silent -W 0.3
	is status "$status" 1
	has run.out '^1 sent, 0 echoed, 100% lost'
	below "seconds to lose it after 0.3" "$took" 4
}

a_lost_heartbeat_is_an_event_and_rtt_is_null() {
	_against silent -W 0.3 --json
	is status "$status" 1
	events run.out
	has events '^connected local="127\.0\.0\.1:[0-9]+" ms=[0-9.]+ peer="127\.0\.0\.1:[0-9]+" ts='
	has events '^lost reason=".+" seq=1 '
	has events '^closed reason=".+" '
	has events '^summary echoed=0 lost=1 rtt_ms=(null|\{("[a-z0-9]+": null(, )?){6}\}) sent=1 '
	lacks events '^beat '
}

half_an_echo_is_none() {
	_against halves -W 0.4 -s 1000
	is status "$status" 1
	has run.out '^1 sent, 0 echoed, 100% lost'
}

an_echo_in_pieces_is_one() {
	_against dribbles -c 2 -i 0 hello
	is status "$status" 0
	has run.out '^2 sent, 2 echoed, 0% lost'
}

the_timeout_is_for_the_whole_echo() {
	_against dribbles -W 0.5 -s 20k
	is status "$status" 1
	has run.out '^1 sent, 0 echoed, 100% lost'
	below "seconds for an echo that dribbles past 0.5" "$took" 5
}

a_server_that_closes_at_once_is_noticed() {
	_against closes_at_once -i 30 -W 30
	is status "$status" 1
	has run.out '^[01] sent, 0 echoed, '
	below "seconds to notice" "$took" 5
}

a_server_that_closes_while_it_rests_is_noticed() {
	_against closes_after_a_rest -i 15
	is status "$status" 1 # not ended as asked
	has run.out '^1 sent, 1 echoed, 0% lost'
	below "seconds to notice" "$took" 5
}

the_servers_closing_is_an_event() {
	_against closes_after_a_rest -i 15 --json
	is status "$status" 1
	events run.out
	has events '^beat bytes=2 rtt_ms=[0-9.]+ seq=1 '
	has events '^closed reason="[^"]+" '
	has events '^summary echoed=1 lost=0 .*sent=1 '
}

a_reset_is_told_as_one() {
	_against resets -i 15
	is status "$status" 1
	cat "$tmp/run.out" "$tmp/run.err" >"$tmp/all"
	has all '[Rr]eset|ECONNRESET'
	has run.out '^1 sent, 0 echoed, 100% lost'
	below "seconds to notice" "$took" 5
}

a_mangled_echo_is_told_with_place_and_value() {
	misbehave mangler mangles 1234
	run connect 127.0.0.1 0 127.0.0.1 "$port" -s 5000 -i 15
	is status "$status" 1
	await_line mangler.out '^mangled '
	value=$(sed -n 's/^mangled [0-9]* //p' "$tmp/mangler.out")
	hex=$(printf '%02x' "$value")
	cat "$tmp/run.out" "$tmp/run.err" >"$tmp/all"
	has all '(^|[^0-9])123[45]([^0-9]|$)'
	has all "(0x|\\\\x)$hex([^0-9a-f]|\$)|(^|[^0-9])$value([^0-9]|\$)"
	has run.out '^1 sent, 0 echoed, 100% lost'
}

the_first_mangled_byte_is_told() {
	misbehave mangler mangles 0
	run connect 127.0.0.1 0 127.0.0.1 "$port" hello -i 15
	is status "$status" 1
	cat "$tmp/run.out" "$tmp/run.err" >"$tmp/all"
	has all "(0x|\\\\x)3d|'='|(^|[^0-9])61([^0-9]|\$)" # h ^ 0x55
}

bytes_beyond_what_was_sent_end_it() {
	_against adds -i 15 -c 3
	is status "$status" 1
	has run.out ' connected in '
	has run.out '^1 sent, [01] echoed, '
	below "seconds to notice" "$took" 5
}

bytes_unasked_for_end_the_rest() {
	_against adds_later -i 15 -c 3
	is status "$status" 1
	below "seconds to notice" "$took" 5
	has run.out '^1 sent, 1 echoed'
}

an_urgent_byte_is_one_of_the_stream() {
	_against adds_urgently -i 15 -c 3
	is status "$status" 1
	below "seconds to notice" "$took" 5
	has run.out '^1 sent, 1 echoed'
	has run.err ' sent more than it received, first 0x5a$'
}

an_echo_whose_last_byte_is_urgent_is_whole() {
	_against echoes_urgently -i 0 -c 3 -W 3
	is status "$status" 0
	has run.out '^3 sent, 3 echoed'
}

a_signal_ends_the_wait_for_an_echo() {
	misbehave silent silent
	interruptible client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -W 50
	await_line client.out ' connected in '
	tell client INT
	ended client 4
	is status "$status" 1 # no echo came
	has client.out '^1 sent, 0 echoed, '
}

keep_promises
