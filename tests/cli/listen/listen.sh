#!/bin/sh
# ctest: core
# `reuse listen`: what it tells, and that every byte comes back.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _beat WORD...: `reuse connect` from a port of the kernel's choice to the server at $port.
_beat() {
	run connect 127.0.0.1 0 127.0.0.1 "$port" "$@"
}

first_line_tells_address_and_options() {
	serve server 0 127.0.0.1
	is "the first line" "$(sed -n 1p "$tmp/server.out")" \
		"listening on 127.0.0.1:$port (SO_REUSEADDR SO_REUSEPORT), ctrl-c to stop"
	silent server.err
}

port_zero_prints_the_kernels_choice() {
	serve server 0 127.0.0.1
	like port "$port" '^[1-9][0-9]{3,4}$'
	_beat -c1
	is status "$status" 0
}

the_default_address_is_all_of_ipv4() {
	serve server 0
	has server.out "^listening on 0\.0\.0\.0:$port "
	_beat -c1
	is status "$status" 0
}

the_defaults_are_port_3000_on_all_addresses() {
	# Whoever has port 3000 here, the words and the calls tell what was asked for.
	spawn server "$REUSE" listen --explain
	await_line server.err '^bind\('
	has server.err '^bind\([0-9]+, 0\.0\.0\.0:3000\) = '
}

one_option_may_be_left_off() {
	serve server 0 127.0.0.1 --no-reuseaddr
	has server.out "^listening on 127\.0\.0\.1:$port \(SO_REUSEPORT\), ctrl-c to stop$"
	serve other 0 127.0.0.1 --no-reuseport
	has other.out "^listening on 127\.0\.0\.1:$port \(SO_REUSEADDR\), ctrl-c to stop$"
	serve bare 0 127.0.0.1 --no-reuseport --no-reuseaddr --explain
	lacks bare.out 'SO_REUSE'
	has bare.out "^listening on 127\.0\.0\.1:$port.*, ctrl-c to stop$"
	lacks bare.err 'SO_REUSE(ADDR|PORT), 1'
}

a_connection_is_told_line_by_line() {
	serve server 0 127.0.0.1
	_beat -c 3 -i 0 hello
	is status "$status" 0
	client=$(sed -n 's/^\([^ ]*\) -> .*connected.*/\1/p' "$tmp/run.out")
	await_line server.out '^- '
	sed 1d "$tmp/server.out" >"$tmp/told"
	printf '%s\n' "+ $client" "  $client 5 bytes" "  $client 5 bytes" "  $client 5 bytes" \
		"- $client 15 bytes, closed by peer" >"$tmp/wanted"
	cmp -s "$tmp/told" "$tmp/wanted" ||
		fail "told '$(cat "$tmp/told")', wanted '$(cat "$tmp/wanted")'"
}

the_summary_counts() {
	serve server 0 127.0.0.1
	_beat -c 3 -i 0 hello
	_beat -c 3 -i 0 hello
	stop server
	is status "$status" 0
	is "the last but one line" "$(tail -n 2 "$tmp/server.out" | sed -n 1p)" "--- 127.0.0.1:$port ---"
	like "the last line" "$(tail -n 1 "$tmp/server.out")" \
		'^2 connections, 30 bytes echoed, [0-9]+\.[0-9] s$'
	silent server.err
}

an_idle_server_sums_up_too() {
	serve server 0 127.0.0.1
	stop server
	is status "$status" 0
	like "the last line" "$(tail -n 1 "$tmp/server.out")" \
		'^0 connections, 0 bytes echoed, [0-9]+\.[0-9] s$'
}

SIGINT_ends_it_in_order() {
	interruptible server "$REUSE" listen 0 127.0.0.1
	await_listening server
	stop server INT
	is status "$status" 0
	has server.out "^--- 127\.0\.0\.1:$port ---$"
	has server.out ' bytes echoed, '
	silent server.err
}

quiet_leaves_first_line_and_summary() {
	serve server -q 0 127.0.0.1
	_beat -c 2 -i 0
	stop server
	is lines "$(lines server.out)" 3
	is "the first line" "$(sed -n 1p "$tmp/server.out")" \
		"listening on 127.0.0.1:$port (SO_REUSEADDR SO_REUSEPORT), ctrl-c to stop"
	is "the second line" "$(sed -n 2p "$tmp/server.out")" "--- 127.0.0.1:$port ---"
	like "the third line" "$(sed -n 3p "$tmp/server.out")" '^1 connections?, 4 bytes echoed, '
}

D_puts_the_time_before_each_line() {
	serve server -D 0 127.0.0.1
	_beat -c 2 -i 0
	stop server
	is "lines without time" "$(grep -Evc '^\[[0-9]{10}\.[0-9]{6}\] ' "$tmp/server.out")" 0
	has server.out '^\[[0-9.]+\] listening on '
	has server.out '^\[[0-9.]+\]   127\.0\.0\.1:[0-9]+ 2 bytes$'
	has server.out '^\[[0-9.]+\] --- 127'
	stamp=$(sed -n 's/^\[\([0-9]*\)\..*/\1/p' "$tmp/server.out" | head -n 1)
	ago=$(($(date +%s) - stamp))
	like "seconds since then" "$ago" '^[0-9]{1,2}$'
}

a_pipe_sees_no_colour() {
	serve server 0 127.0.0.1
	_beat -c1
	stop server
	lacks server.out "$(printf '\033')"
	lacks run.out "$(printf '\033')"
}

a_taken_port_is_status_1_and_tells_what_helps() {
	serve server 0 127.0.0.1 --no-reuseport
	run listen "$port" 127.0.0.1
	is status "$status" 1
	silent run.out
	is "the complaint" "$(sed -n '1s/Address in use/Address already in use/; 1p' "$tmp/run.err")" \
		"reuse listen: bind 127.0.0.1:$port: Address already in use (EADDRINUSE)"
	[ "${REUSE_OS:-}" = other ] || like "the holder" "$(sed -n 2p "$tmp/run.err")" \
		"^reuse listen: reuse\[$(pid_of server)\] of .+ listens there"
	is "the last line" "$(sed -n '$p' "$tmp/run.err")" \
		"reuse listen: try 'reuse why 127.0.0.1:$port'"
}

no_reuseport_cannot_share() {
	serve server 0 127.0.0.1
	run listen "$port" 127.0.0.1 --no-reuseport
	is status "$status" 1
	has run.err '\(EADDRINUSE\)$'
}

servers_with_both_options_share_a_port() {
	serve server 0 127.0.0.1
	shared=$port
	spawn other "$REUSE" listen "$shared" 127.0.0.1
	await_listening other
	is "port of the other" "$port" "$shared"
	stop server
	stop other
	is status "$status" 0
}

a_port_is_free_again_at_once() {
	serve server 0 127.0.0.1
	again=$port
	peer client waits_for_close 127.0.0.1 "$port" hello
	await_line client.out open
	await_line server.out ' 5 bytes$'
	stop server
	spawn other "$REUSE" listen "$again" 127.0.0.1
	await_listening other
	_beat -c1
	is status "$status" 0
}

max_connections_leaves_the_next_in_the_queue() {
	serve server 0 127.0.0.1 -m 1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line first.out '^Lub'
	spawn second "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -c1 -W 15
	await_line second.out ' connected in '
	stop first
	ended second
	is "status of the second" "$status" 0
	stop server
	is "order of events" "$(grep -o '^[+-] ' "$tmp/server.out" | tr -d ' \n')" '+-+-'
}

idle_timeout_closes_what_is_silent() {
	need python3
	serve server --json 0 127.0.0.1 --idle-timeout 0.3
	peer idle waits_for_close 127.0.0.1 "$port" hello
	await_line idle.out '^closed after 5$' 5
	await_line server.out '"closed"'
	events server.out
	has events '^closed bytes=5 .*reason="idle"'
}

idle_timeout_spares_what_speaks() {
	serve server 0 127.0.0.1 --idle-timeout 1
	_beat -c 8 -i 0.2
	is status "$status" 0
	has run.out '^8 sent, 8 echoed, 0% lost'
}

backlog_goes_to_listen() {
	serve server 0 127.0.0.1 --backlog 7 --explain
	has server.err '^listen\([0-9]+, 7\) = 0$'
}

keepalive_probes() {
	beyond_posix "time of the first keepalive probe"
	serve server 0 127.0.0.1 --keepalive 77 --explain
	_beat -c1
	stop server
	has server.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_KEEPALIVE, 1\) = 0$'
	has server.err '^setsockopt\([0-9]+, IPPROTO_TCP, TCP_KEEP(IDLE|ALIVE), 77\) = 0$'
}

a_connection_has_the_keepalive_timer() {
	beyond_posix "time of the first keepalive probe"
	need ss
	serve server 0 127.0.0.1 --keepalive 77
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line client.out '^Lub'
	timeout 20 ss -tnoH "sport = :$port" >"$tmp/ss.out"
	has ss.out 'timer:\(keepalive,'
}

a_device_that_is_there_serves() {
	beyond_posix "socket option for an interface"
	[ "$(uname)" = Linux ] || skip "SO_BINDTODEVICE is Linux"
	serve server 0 127.0.0.1 --device lo
	_beat -c1
	is status "$status" 0
}

a_device_that_is_not_there_is_status_1() {
	beyond_posix "socket option for an interface"
	[ "$(uname)" = Linux ] || skip "SO_BINDTODEVICE is Linux"
	run listen 0 127.0.0.1 --device nosuch0
	is status "$status" 1
	silent run.out
	has run.err "^reuse listen: setsockopt SO_BINDTODEVICE 'nosuch0': .*\(ENODEV\)$"
}

an_address_that_is_not_ours_is_status_1() {
	run listen 0 192.0.2.99
	is status "$status" 1
	silent run.out
	has run.err '^reuse listen: bind 192\.0\.2\.99:0: .*\(EADDRNOTAVAIL\)$'
}

half_close_gets_all_before_the_fin() {
	need python3
	serve server --json 0 127.0.0.1
	for size in 3000000 65536 1 0; do
		capture "$python" "$lib/peer.py" round_trip 127.0.0.1 "$port" "$size"
		is "of $size bytes" "$(cat "$tmp/run.out")" "back $size same"
	done
	stop server
	events server.out
	lacks events '^closed .*reason="(reset|idle|stopped|E[A-Z]+)"'
	has events '^summary bytes=3065537 connections=4 '
}

a_reset_is_told_as_one() {
	need python3
	serve server --json 0 127.0.0.1
	capture "$python" "$lib/peer.py" leaves_by_reset 127.0.0.1 "$port"
	is "the client" "$(cat "$tmp/run.out")" "back 5"
	await_line server.out '"closed"'
	events server.out
	has events '^closed bytes=5 .*reason="reset"'
	_beat -c1
	is "status of the next" "$status" 0
}

a_connection_open_at_the_end_is_told_as_stopped() {
	need python3
	serve server --json 0 127.0.0.1
	peer client waits_for_close 127.0.0.1 "$port" hello
	await_line server.out '"heard"'
	stop server
	is status "$status" 0
	events server.out
	has events '^closed bytes=5 .*reason="stopped"'
	has events '^summary bytes=5 connections=1 seconds='
	await_line client.out '^closed after 5$'
}

no_one_is_told_twice_or_never() {
	need python3
	serve server --json 0 127.0.0.1
	: >"$tmp/go"
	capture "$python" "$lib/peer.py" crowd 127.0.0.1 "$port" 20 "$tmp/go"
	has run.out '^served 20 wrong 0$'
	stop server
	events server.out
	is opened "$(count events '^opened ')" 20
	is closed "$(count events '^closed ')" 20
	is "different peers" "$(sed -n 's/^closed .*peer=\("[^"]*"\).*/\1/p' "$tmp/events" | sort -u | wc -l | tr -d ' ')" 20
}

keep_promises
