#!/bin/sh
# ctest: core
# --json: one object a line, each of them as documented.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

listen_tells_all_events() {
	need python3
	serve server --json 0 127.0.0.1
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0 hello
	client=$(sed -n 's/^\([^ ]*\) -> .*connected.*/\1/p' "$tmp/run.out")
	stop server
	is status "$status" 0
	silent server.err
	events server.out
	sed 's/ ts=[0-9.]*//' "$tmp/events" | grep -v '^start ' >"$tmp/rest"
	like "line 1" "$(sed -n 1p "$tmp/events")" '^start command="listen" schema=1 ts=[0-9.]+ version="[0-9.]+"$'
	like "line 2" "$(sed -n 1p "$tmp/rest")" \
		"^listening local=\"127\.0\.0\.1:$port\" options=\[\"SO_REUSEADDR\", \"SO_REUSEPORT\"\]$"
	is "line 3" "$(sed -n 2p "$tmp/rest")" "opened local=\"127.0.0.1:$port\" peer=\"$client\""
	for n in 3 4 5; do
		is "line $((n + 1))" "$(sed -n "${n}p" "$tmp/rest")" "heard bytes=5 peer=\"$client\""
	done
	is "line 7" "$(sed -n 6p "$tmp/rest")" "closed bytes=15 peer=\"$client\" reason=\"peer\""
	like "line 8" "$(sed -n 7p "$tmp/rest")" '^summary bytes=15 connections=1 seconds=[0-9]+(\.[0-9]+)?$'
	is lines "$(lines events)" 8
}

connect_tells_all_events() {
	need python3
	serve server 0 127.0.0.1
	run connect --json 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0 hello
	is status "$status" 0
	silent run.err
	events run.out
	sed 's/ ts=[0-9.]*//' "$tmp/events" >"$tmp/rest"
	like "line 1" "$(sed -n 1p "$tmp/rest")" '^start command="connect" schema=1 version="'
	like "line 2" "$(sed -n 2p "$tmp/rest")" \
		"^connected local=\"127\.0\.0\.1:[0-9]+\" ms=[0-9]+\.?[0-9]* peer=\"127\.0\.0\.1:$port\"$"
	for n in 1 2 3; do
		like "beat $n" "$(sed -n $((n + 2))p "$tmp/rest")" "^beat bytes=5 rtt_ms=[0-9]+\.?[0-9]* seq=$n$"
	done
	like "the last line" "$(tail -n 1 "$tmp/rest")" '^summary echoed=3 lost=0 rtt_ms=\{.*\} sent=3$'
}

the_summary_has_all_of_rtt() {
	need python3
	serve server 0 127.0.0.1
	run connect --json 127.0.0.1 0 127.0.0.1 "$port" -c 50 -i 0
	is status "$status" 0
	timeout 20 "$python" - "$tmp/run.out" >"$tmp/check.out" 2>&1 <<'END' || fail "rtt_ms: $(tail -n 1 "$tmp/check.out")"
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
rtt = events[-1]["rtt_ms"]
beats = sorted(event["rtt_ms"] for event in events if event["event"] == "beat")
assert set(rtt) == {"min", "avg", "max", "mdev", "p50", "p99"}, rtt
near = lambda a, b: abs(a - b) <= 0.0015 + 0.02 * b
mean = sum(beats) / len(beats)
assert near(rtt["min"], beats[0]) and near(rtt["max"], beats[-1]), (rtt, beats)
assert near(rtt["avg"], mean), (rtt, mean)
spread = (sum(b * b for b in beats) / len(beats) - mean * mean) ** 0.5
assert abs(rtt["mdev"] - spread) <= 0.005 + 0.1 * spread, (rtt, spread)
assert beats[20] * 0.95 - 0.002 <= rtt["p50"] <= beats[29] * 1.05 + 0.002, (rtt, beats)
assert beats[-3] * 0.95 - 0.002 <= rtt["p99"] <= beats[-1] * 1.05 + 0.002, (rtt, beats)
END
}

quiet_leaves_start_and_summary() {
	need python3
	serve server --json -q 0 127.0.0.1
	run connect --json -q 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0
	stop server
	events run.out
	is events "$(sed 's/ .*//' "$tmp/events" | tr '\n' ' ')" "start connected summary "
	events server.out
	is events "$(sed 's/ .*//' "$tmp/events" | tr '\n' ' ')" "start listening summary "
}

quiet_leaves_what_is_complained_of() {
	need python3
	misbehave server closes_at_once
	run connect --json -q 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0
	is status "$status" 1
	events run.out
	is events "$(sed 's/ .*//' "$tmp/events" | tr '\n' ' ')" "start connected lost closed summary "
}

whatever_bytes_a_person_sends_each_line_stays_json() {
	need python3
	serve server --json 0 127.0.0.1
	# quotes, backslashes, controls, broken UTF-8, characters beyond 16 bits
	run connect --json 127.0.0.1 0 127.0.0.1 "$port" -c 1 \
		"$(printf '"\\\\ \001\037\177\n\t\377\303 \355\240\200 \360\237\246\206')"
	is status "$status" 0
	events run.out
	stop server
	events server.out
	# in a complaint
	run connect --json -W 1 -4 "$(printf 'no\302\240such"name\\.invalid')" 0 127.0.0.1 "$port"
	[ "$status" -ne 0 ] || fail "a name that cannot be is found"
	[ ! -s "$tmp/run.out" ] || events run.out
}

a_failure_is_an_event_and_a_complaint() {
	need python3
	run listen --json 0 192.0.2.99
	is status "$status" 1
	has run.err '^reuse listen: bind 192\.0\.2\.99:0: .*\(EADDRNOTAVAIL\)$'
	events run.out
	has events '^error call="bind" errno="EADDRNOTAVAIL" local="192\.0\.2\.99:0" message=".+" '
}

a_name_that_is_not_found_is_an_event_without_an_errno() {
	need python3
	run connect --json 127.0.0.1 0 nosuch.invalid 9
	is status "$status" 1
	events run.out
	has events '^error call="getaddrinfo" errno=null local=null message="server .nosuch\.invalid.: .+" peer=null'
}

options_left_off_are_not_listed() {
	need python3
	serve server --json 0 127.0.0.1 --no-reuseport
	events server.out
	has events '^listening local=.* options=\["SO_REUSEADDR"\] '
	serve bare --json 0 127.0.0.1 --no-reuseport --no-reuseaddr
	events bare.out
	has events '^listening local=.* options=\[\] '
}

the_version_is_the_programs() {
	need python3
	run --version
	version=$(sed 's/^reuse //' "$tmp/run.out")
	serve server --json 0 127.0.0.1
	events server.out
	has events "^start .*version=\"$version\"$"
}

keep_promises
