#!/bin/sh
# ctest: core
# How options are written: before and after operands, bundled, with = and twice.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _beats WANTED WORD...: `reuse connect WORD...` sends that many.
_beats() {
	wanted=$1; shift
	run connect "$@"
	is "status of '$*'" "$status" 0
	has run.out "^$wanted sent, $wanted echoed, 0% lost"
}

options_stand_before_and_after_operands() {
	serve server 0 127.0.0.1
	_beats 2 -c 2 -i 0 127.0.0.1 0 127.0.0.1 "$port"
	_beats 2 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0
	_beats 2 127.0.0.1 -c 2 0 127.0.0.1 -i 0 "$port"
	_beats 2 -i 0 127.0.0.1 0 127.0.0.1 "$port" data -c 2
}

a_value_follows_or_stands_behind_an_equals_sign() {
	serve server 0 127.0.0.1
	_beats 2 --count 2 --interval 0 127.0.0.1 0 127.0.0.1 "$port"
	_beats 2 --count=2 --interval=0 127.0.0.1 0 127.0.0.1 "$port"
	_beats 2 -c2 -i0 127.0.0.1 0 127.0.0.1 "$port"
}

letters_bundle() {
	serve server 0 127.0.0.1
	_beats 2 -qc2 -i0 127.0.0.1 0 127.0.0.1 "$port"
	lacks run.out '^Lub'
	run connect -Dqc2 -i0 127.0.0.1 0 127.0.0.1 "$port"
	is status "$status" 0
	lacks run.out 'Lub'
	has run.out '^\[[0-9]+\.[0-9]{6}\] 2 sent, 2 echoed'
	_beats 2 -nqc 2 -i 0 127.0.0.1 0 127.0.0.1 "$port"
}

the_last_one_counts() {
	serve server 0 127.0.0.1
	_beats 2 -c 5 -c 2 -i 60 -i 0 127.0.0.1 0 127.0.0.1 "$port"
	_beats 3 --count=1 127.0.0.1 0 127.0.0.1 "$port" -i 0 -c3
	run listen -m 1 0 127.0.0.1 -m 3x
	is status "$status" 2
}

two_dashes_end_the_options() {
	serve server 0 127.0.0.1
	_beats 1 -c1 -- 127.0.0.1 0 127.0.0.1 "$port" --data
	has run.out '^Lub --data\.\.\. Dub --data '
	_beats 1 -c1 127.0.0.1 0 127.0.0.1 "$port" -- -c9
	has run.out '^Lub -c9\.\.\. Dub -c9 '
	_beats 1 -c1 127.0.0.1 0 127.0.0.1 "$port" -- --
	has run.out '^Lub --\.\.\. Dub -- '
}

durations_have_units_and_decimals() {
	serve server 0 127.0.0.1
	for interval in 0 0s 0ms 0.02 0.02s 20ms 0.001m 0.00001h; do
		_beats 2 -c 2 -i "$interval" 127.0.0.1 0 127.0.0.1 "$port"
	done
}

_ms() { "$python" -c 'import time; print(int(time.monotonic() * 1000))'; }

a_duration_lasts_as_long_as_it_says() {
	need python3
	serve server 0 127.0.0.1
	for interval in 0.3 0.3s 300ms 0.005m; do
		began=$(_ms)
		_beats 2 -c 2 -i "$interval" 127.0.0.1 0 127.0.0.1 "$port"
		took=$(($(_ms) - began))
		[ "$took" -ge 299 ] || fail "two beats $interval apart took $took ms"
		below "ms for two beats $interval apart" "$took" 3000
	done
}

counts_have_k_and_M() {
	serve server 0 127.0.0.1
	_beats 1000 -q -c 1k -i 0 127.0.0.1 0 127.0.0.1 "$port"
	_beats 1 -q -c 1 -s 1M 127.0.0.1 0 127.0.0.1 "$port"
	stop server
	has server.out ', 1002000 bytes echoed, '
}

a_service_name_is_a_port() {
	need getent
	number=$(getent services echo | awk '{ sub("/.*", "", $2); print $2; exit }')
	[ -n "$number" ] || skip "no service named echo here"
	run connect --explain -W 2 -c 1 127.0.0.1 0 127.0.0.1 echo
	has run.err "^connect\([0-9]+, 127\.0\.0\.1:$number\) = "
}

a_host_name_is_an_address() {
	need getent
	getent ahostsv4 localhost | grep -q '^127\.0\.0\.1 ' || skip "localhost is not 127.0.0.1 here"
	serve server 0 127.0.0.1
	_beats 1 -c1 127.0.0.1 0 localhost "$port"
	has run.out "^127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port connected"
	_beats 1 -4 -c1 localhost 0 localhost "$port"
}

keep_promises
