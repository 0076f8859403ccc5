#!/bin/sh
# ctest: core
# `reuse connect` with a server that behaves.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/hosts.sh
. "$lib/hosts.sh"

# _beat WORD...: to the server at $port.
_beat() { run connect 127.0.0.1 0 127.0.0.1 "$port" "$@"; }

each_line_is_as_documented() {
	serve server 0 127.0.0.1
	_beat -c 2 -i 0 hello
	is status "$status" 0
	silent run.err
	is lines "$(lines run.out)" 5
	like "line 1" "$(sed -n 1p "$tmp/run.out")" \
		"^127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:$port connected in [0-9]+\.[0-9]{3} ms\$"
	ends=$(sed -n '1s/ connected in.*//p' "$tmp/run.out")
	for n in 2 3; do
		like "line $n" "$(sed -n "${n}p" "$tmp/run.out")" \
			'^Lub hello\.\.\. Dub hello \([0-9]+\.[0-9]{3} ms\)$'
	done
	is "line 4" "$(sed -n 4p "$tmp/run.out")" "--- $ends ---"
	like "line 5" "$(sed -n 5p "$tmp/run.out")" \
		'^2 sent, 2 echoed, 0% lost, rtt min/avg/max/mdev = ([0-9]+\.[0-9]{3}/){3}[0-9]+\.[0-9]{3} ms$'
}

the_summary_agrees_with_the_heartbeats() {
	serve server 0 127.0.0.1
	_beat -c 5 -i 0
	is status "$status" 0
	sed -n 's/.*Dub hi (\(.*\) ms)/\1/p' "$tmp/run.out" | awk '
		NR == 1 || $1 < min { min = $1 } $1 > max { max = $1 } { sum += $1 }
		END { printf "%.3f %.3f %.3f\n", min, sum / NR, max }' >"$tmp/wanted"
	sed -n 's,.*mdev = \([^/]*\)/\([^/]*\)/\([^/]*\)/.*,\1 \2 \3,p' "$tmp/run.out" >"$tmp/seen"
	# the average of rounded numbers may differ in the last place
	awk 'NR == FNR { split($0, a); next } {
		for (i = 1; i <= 3; i++) if ((a[i] - $i) ^ 2 > 0.0000025) exit 1 }' "$tmp/seen" "$tmp/wanted" ||
		fail "min avg max are '$(cat "$tmp/seen")', wanted '$(cat "$tmp/wanted")'"
}

the_data_is_hi_unless_told() {
	serve server 0 127.0.0.1
	_beat -c 1
	is status "$status" 0
	has run.out '^Lub hi\.\.\. Dub hi \('
	_beat -c 1 'two words'
	has run.out '^Lub two words\.\.\. Dub two words \('
}

count_ends_it_without_a_further_rest() {
	serve server 0 127.0.0.1
	began=$(date +%s)
	_beat -c 1 -i 15
	is status "$status" 0
	below "seconds for one heartbeat" "$(($(date +%s) - began))" 5
}

the_first_heartbeat_does_not_wait() {
	serve server 0 127.0.0.1
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line client.out '^Lub hi' 5
	await_line server.out ' 2 bytes$' 5
}

heartbeats_go_on_every_five_seconds() {
	serve server 0 127.0.0.1
	began=$(date +%s)
	_beat -c 2
	is status "$status" 0
	took=$(($(date +%s) - began))
	like "seconds for two heartbeats" "$took" '^[4-9]$'
}

the_source_is_the_one_asked_for() {
	serve server 0 127.0.0.1
	_beat -c 1
	source=$(source_of run)
	serve other 0 127.0.0.1
	run connect 127.0.0.1 "$source" 127.0.0.1 "$port" -c 1
	is status "$status" 0
	has run.out "^127\.0\.0\.1:$source -> 127\.0\.0\.1:$port connected"
	await_line other.out "^\+ 127\.0\.0\.1:$source$"
}

another_loopback_address_is_a_source() {
	[ "$(uname)" = Linux ] || skip "only Linux has all of 127.0.0.0/8"
	serve server 0 127.0.0.1
	run connect 127.0.0.3 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	await_line server.out '^\+ 127\.0\.0\.3:[0-9]+$'
}

ten_million_bytes_come_back() {
	serve server -q 0 127.0.0.1
	_beat -c 2 -i 0 -s 10M -W 20
	is status "$status" 0
	has run.out '^2 sent, 2 echoed, 0% lost'
	stop server
	has server.out ', 20000000 bytes echoed, '
}

no_server_with_small_buffers_can_block_it() {
	misbehave server small_buffers
	_beat -c 3 -i 0 -s 300k
	is status "$status" 0
	has run.out '^3 sent, 3 echoed, 0% lost'
}

a_small_stack_is_enough() {
	serve server -q 0 127.0.0.1
	# shellcheck disable=SC2016
	capture sh -c 'ulimit -s 64 && exec "$1" connect 127.0.0.1 0 127.0.0.1 "$2" -c 2 -i 0 -s 300k' sh "$REUSE" "$port"
	is status "$status" 0
	has run.out '^2 sent, 2 echoed'
}

# The kernel has one port to pick, that of the server who is not there.
a_connection_to_itself_is_no_success() {
	need network
	[ "$(uname)" = Linux ] || skip "not Linux"
	cat >"$tmp/inside.sh" <<'INSIDE'
ip link set lo up
echo "45000 45001" >/proc/sys/net/ipv4/ip_local_port_range
for port in 45000 45001; do
	for try in 1 2 3; do
		"$REUSE" connect 127.0.0.1 0 127.0.0.1 $port -c 1 && exit 9
		"$REUSE" connect 0.0.0.0 0 0.0.0.0 $port -c 1 && exit 8
	done
done
"$REUSE" connect 127.0.0.1 45000 0.0.0.0 45000 -c 1 && exit 7
"$REUSE" connect 127.0.0.1 45001 127.0.0.1 45001 -c 1
INSIDE
	# shellcheck disable=SC2086 # a command
	capture $apart sh "$tmp/inside.sh"
	is "status of one that was asked for" "$status" 0
	if [ "$REUSE_OS" = Linux ]; then
		has run.err '^reuse connect: connected to itself: nobody listens on 127\.0\.0\.1:4500[01], and the kernel picked that port as the source$'
		has run.err '^reuse connect: connected to itself: nobody listens on 0\.0\.0\.0:45000, and the source has that port$'
	else # who listens cannot be asked
		has run.err '^reuse connect: connected to itself: the source is 127\.0\.0\.1:4500[01] too$'
	fi
	is "connections told" "$(count run.out ' connected in ')" 1
}

# The kernel knows the socket that connects before the one that listens.
a_connection_to_itself_beside_a_listener_is_no_want_of_one() {
	serve server 0
	run connect 0.0.0.0 "$port" 127.0.0.1 "$port" -c 1
	if [ "$(uname)" != Linux ] && [ "$status" = 0 ]; then skip "this kernel gives it to the listener"; fi
	is status "$status" 1
	is "the complaint" "$(cat "$tmp/run.err")" \
		"reuse connect: connected to itself: the source is 127.0.0.1:$port too"
}

nobody_is_said_to_listen_on_port_0() {
	serve server 0
	run connect 127.0.0.1 0 127.0.0.1 0 -c 1
	is status "$status" 1
	lacks run.err 'listener'
}

# The first address of the name refuses, the second serves.
each_address_of_a_name_is_tried() {
	hosts '127.0.0.1 both.test' '::1 both.test'
	for addr in 127.0.0.1 ::1; do
		serve "at$addr" -q 0 "$addr"
		# shellcheck disable=SC2086 # a command
		capture $named "$REUSE" connect :0 both.test:"$port" -c 1
		is "status with a server at $addr" "$status" 0
		has run.out ' connected in '
		silent run.err
		stop "at$addr"
		# shellcheck disable=SC2086 # a command
		capture $named "$REUSE" connect :0 both.test:"$port" -c 1
		is "status without" "$status" 1
		[ "$(count run.err '^reuse connect: connect .*ECONNREFUSED')" = 2 ] || fail "not both addresses are told"
	done
}

size_counts_bytes() {
	serve server 0 127.0.0.1
	for size in 1 2 1000 1k; do
		_beat -c 1 -s "$size"
		is status "$status" 0
	done
	stop server
	has server.out '^4 connections, 2003 bytes echoed, '
}

control_characters_and_broken_utf8_are_shown_as_numbers() {
	serve server 0 127.0.0.1
	_beat -c 1 "$(printf 'a\001\033[31m\177\tb\nc\377d\303')"
	is status "$status" 0
	shown='a\\x01\\x1b\[31m\\x7f\\x09b\\x0ac\\x[fF]{2}d\\x[cC]3'
	has run.out "^Lub $shown\.\.\. Dub $shown \("
	is lines "$(lines run.out)" 4
	# all of that, and nothing else, went over the wire
	await_line server.out ' 15 bytes$'
}

other_characters_are_shown_as_they_are() {
	serve server 0 127.0.0.1
	_beat -c 1 "$(printf 'h\303\251 \342\202\254 \360\237\246\206')"
	is status "$status" 0
	has run.out "$(printf '^Lub h\303\251 \342\202\254 \360\237\246\206\.\.\. Dub h\303\251 ')"
}

what_looks_like_utf8_and_is_not_is_shown_as_numbers() {
	serve server 0 127.0.0.1
	# overlong, a surrogate, beyond the last character, C1 control
	for bytes in '\300\200' '\355\240\200' '\364\220\200\200' '\302\233'; do
		# shellcheck disable=SC2059 # the bytes are the format
		_beat -c 1 "$(printf "x${bytes}y")"
		is status "$status" 0
		has run.out '^Lub x(\\x[0-9a-fA-F]{2})+y\.\.\. Dub x\\x'
	done
}

quiet_leaves_first_line_and_summary() {
	serve server 0 127.0.0.1
	_beat -q -c 3 -i 0
	is status "$status" 0
	is lines "$(lines run.out)" 3
	like "line 1" "$(sed -n 1p "$tmp/run.out")" ' connected in '
	like "line 3" "$(sed -n 3p "$tmp/run.out")" '^3 sent, 3 echoed'
}

D_puts_the_time_before_each_line() {
	serve server 0 127.0.0.1
	_beat -D -c 2 -i 0
	is status "$status" 0
	is lines "$(lines run.out)" 5
	is "lines with time" "$(count run.out '^\[[0-9]{10}\.[0-9]{6}\] [^ ]')" 5
}

without_options_the_source_is_bound_plainly() {
	serve server 0 127.0.0.1
	_beat -c 1 --explain --no-reuseaddr --no-reuseport
	is status "$status" 0
	lacks run.err 'SO_REUSE(ADDR|PORT), 1'
	_beat -c 1 --explain --no-reuseport
	has run.err 'SO_REUSEADDR, 1\) = 0'
	lacks run.err 'SO_REUSEPORT, 1'
}

without_options_a_source_cannot_be_shared() {
	serve server 0 127.0.0.1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	source=$(source_of first)
	serve other 0 127.0.0.1
	run connect 127.0.0.1 "$source" 127.0.0.1 "$port" -c 1 --no-reuseaddr --no-reuseport
	is status "$status" 1
	silent run.out
	is "the complaint" "$(sed -n '1s/Address in use/Address already in use/; 1p' "$tmp/run.err")" \
		"reuse connect: bind 127.0.0.1:$source: Address already in use (EADDRINUSE)"
	has run.err "^reuse connect: try 'reuse why 127\.0\.0\.1:$source'$"
}

SIGINT_ends_it_with_a_summary() {
	serve server 0 127.0.0.1
	interruptible client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port"
	await_line client.out 'Dub'
	tell client INT
	ended client 3
	is status "$status" 0
	has client.out '^1 sent, 1 echoed, 0% lost, rtt '
	silent client.err
	await_line server.out '^- .* 2 bytes, closed by peer$'
}

SIGTERM_ends_it_with_a_summary() {
	serve server 0 127.0.0.1
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port"
	await_line client.out 'Dub'
	tell client TERM
	ended client 3
	is status "$status" 0
	has client.out '^--- 127\.0\.0\.1:[0-9]+ -> 127\.0\.0\.1:[0-9]+ ---$'
	has client.out '^1 sent, 1 echoed, 0% lost, rtt '
}

SIGINT_ends_it_between_heartbeats_without_rest() {
	serve server -q 0 127.0.0.1
	interruptible client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 0 -q
	await_line client.out connected
	tell client INT
	ended client 3
	has client.out '^[0-9]+ sent, [0-9]+ echoed'
}

# Its FIN alone leaves FIN_WAIT2, which is in the way of the same pair of ends; the server's behind it
# leaves TIME_WAIT, which is not.
it_closes_once_the_server_has_closed() {
	serve server -q 0 127.0.0.1
	for ending in count signal; do
		if [ "$ending" = count ]; then
			spawn client "$REUSE" connect --explain -v 127.0.0.1 0 127.0.0.1 "$port" -c 1
		else
			spawn client "$REUSE" connect --explain -v 127.0.0.1 0 127.0.0.1 "$port"
			await_line client.out 'Dub'
			tell client TERM
		fi
		ended client
		is "status after a $ending" "$status" 0
		fd=$(sed -n 's/^socket(.*) = //p' "$tmp/client.err")
		# a server that is too slow is not waited for: then there is no recv
		is "the last calls after a $ending" \
			"$(grep -v '^recv' "$tmp/client.err" | tail -n 3 | sed 's/^poll(.*/poll/' | tr '\n' ' ')" \
			"shutdown($fd, SHUT_WR) = 0 poll close($fd) = 0 "
		rm -f "$tmp"/client.*
	done
}

a_signal_within_a_heartbeat_waits_for_nobody() {
	misbehave server silent
	spawn client "$REUSE" connect --explain 127.0.0.1 0 127.0.0.1 "$port" -W 60
	await_line client.out ' connected in '
	tell client TERM
	ended client
	is status "$status" 1
	has client.out '^Lub hi\.\.\. stopped$'
	has client.err '^close\('
	lacks client.err '^shutdown\('
}

a_server_that_does_not_close_holds_it_up_but_a_moment() {
	misbehave server dribbles
	interruptible client "$REUSE" connect --explain 127.0.0.1 0 127.0.0.1 "$port"
	await_line client.out 'Dub'
	tell server STOP
	tell client INT
	ended client 3
	tell server CONT
	is status "$status" 0
	has client.err '^close\('
}

keepalive_probes() {
	beyond_posix "time of the first keepalive probe"
	serve server 0 127.0.0.1
	_beat -c 1 --keepalive 77s --explain
	is status "$status" 0
	has run.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_KEEPALIVE, 1\) = 0$'
	has run.err '^setsockopt\([0-9]+, IPPROTO_TCP, TCP_KEEP(IDLE|ALIVE), 77\) = 0$'
}

a_device_that_is_not_there_is_status_1() {
	beyond_posix "socket option for an interface"
	[ "$(uname)" = Linux ] || skip "SO_BINDTODEVICE is Linux"
	serve server 0 127.0.0.1
	_beat -c 1 --device nosuch0
	is status "$status" 1
	silent run.out
	has run.err "^reuse connect: setsockopt SO_BINDTODEVICE 'nosuch0': .*\(ENODEV\)$"
	_beat -c 1 --device lo
	is status "$status" 0
}

two_families_cannot_meet() {
	run connect 127.0.0.1 0 ::1 9 -c 1
	[ "$status" = 1 ] || [ "$status" = 2 ] || fail "status is $status"
	silent run.out
	has run.err '^reuse connect: '
}

keep_promises
