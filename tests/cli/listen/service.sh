#!/bin/sh
# `reuse listen` under a service manager: sockets handed over, READY=1.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_hand() { need python3; spawn server "$python" "$lib/manager.py" hand "$@"; }
_refused() { need python3; capture "$python" "$lib/manager.py" hand "$@"; }
_port() { "$python" "$lib/manager.py" port; }
_notify() { need python3; spawn manager "$python" "$lib/manager.py" notify "$1"; await_line manager.out '^bound$'; }

# activate NAME PORT...: systemd-socket-activate with those ports and the program.
_activate() {
	need python3 systemd-socket-activate
	name=$1; shift
	set -- "$@" end
	while [ "$1" != end ]; do set -- "$@" -l "127.0.0.1:$1"; shift; done
	shift
	spawn "$name" systemd-socket-activate "$@" "$REUSE" listen
	await_line "$name.err" 'Listening on' 5
}

systemd_s_socket_is_used_and_echoes() {
	need python3 systemd-socket-activate
	port=$(_port)
	_activate server "$port"
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0
	is status "$status" 0
	has run.out '^3 sent, 3 echoed'
	has server.out "^listening on 127.0.0.1:$port "
	stop server
	is status "$status" 0
	has server.out "^--- 127.0.0.1:$port ---$"
	has server.out '^1 connections, 6 bytes echoed'
}

systemd_s_sockets_are_all_served() {
	need python3 systemd-socket-activate
	one=$(_port) two=$(_port)
	[ "$one" != "$two" ] || two=$(_port)
	_activate server "$one" "$two"
	for port in "$two" "$one" "$two"; do
		run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
		is "status at $port" "$status" 0
	done
	is listening "$(count server.out '^listening on ')" 2
	stop server
	has server.out "^--- 127.0.0.1:$one 127.0.0.1:$two ---$"
	has server.out '^3 connections, 6 bytes echoed'
}

# SocketProtocol=mptcp
a_socket_of_MPTCP_is_served() {
	need python3
	"$python" -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)' 2>/dev/null ||
		skip "no MPTCP in this kernel"
	_hand listen_mptcp -- "$REUSE" listen
	await_listening server
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0 -s 100000
	is status "$status" 0
	stop server
	is status "$status" 0
	silent server.err
}

several_sockets_have_an_event_each() {
	_hand listen4 listen6 -- "$REUSE" listen --json
	await_line server.out '"local":"\[::1\]:'
	stop server
	events server.out
	is listening "$(grep -c '^listening ' "$tmp/events")" 2
	is summaries "$(grep -c '^summary ' "$tmp/events")" 1
	lacks events '^error '
}

descriptors_are_close_on_exec_and_do_not_block() {
	[ -r /proc/self/fdinfo/0 ] || skip "no /proc/PID/fdinfo here"
	_hand listen4 listen4 -- "$REUSE" listen
	await_line server.out '^listening on '
	for fd in 3 4; do
		flags=$(sed -n 's/^flags:[[:space:]]*//p' "/proc/$(pid_of server)/fdinfo/$fd")
		is "close-on-exec of $fd ($flags)" "$((flags & 02000000))" "$((02000000))"
		is "O_NONBLOCK of $fd ($flags)" "$((flags & 04000))" "$((04000))"
	done
}

options_are_set_on_what_is_handed_over() {
	beyond_posix "time of the first keepalive probe"
	_hand listen4 -- "$REUSE" listen --keepalive 5 --explain
	await_line server.out '^listening on '
	has server.err '^setsockopt\(3, SOL_SOCKET, SO_KEEPALIVE, 1\) = 0$'
	# urgent bytes come back in their place, as on a socket of its own
	has server.err '^setsockopt\(3, SOL_SOCKET, SO_OOBINLINE, 1\) = 0$'
	lacks server.err '^(bind|socket|listen)\('
	lacks server.err 'SO_REUSE'
}

# The client whose connection starts the service.
who_waited_before_it_was_started_is_served_as_the_others() {
	need python3
	capture "$python" "$lib/manager.py" early "$REUSE" listen
	has run.out '^back ab!cd$'
	has run.out '^status 0$'
}

a_socket_that_is_shut_down_holds_up_no_other() {
	need python3
	capture "$python" "$lib/manager.py" shut "$REUSE" listen -q
	has run.out '^served 20$'
	below "slowest echo in ms" "$(sed -n 's/^slowest_ms //p' "$tmp/run.out")" 800
	has run.out '^status 0$'
	has run.err '^reuse listen: accept 127\.0\.0\.1:[0-9]+: Invalid argument \(EINVAL\)$'
}

what_was_meant_for_another_is_left_alone() {
	spawn server env LISTEN_PID=1 LISTEN_FDS=1 "$REUSE" listen 0 127.0.0.1
	await_listening server
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
}

wrong_descriptors_are_refused() {
	for row in 'datagram:a datagram socket, not a stream socket' 'idle:a socket that does not listen' \
		'file:not a socket' 'local:neither an IPv4 nor an IPv6 socket' 'none:not open'; do
		_refused "${row%%:*}" -- "$REUSE" listen
		is "status with ${row%%:*}" "$status" 1
		silent run.out
		is complaint "$(cat "$tmp/run.err")" "reuse listen: descriptor 3 from the service manager: ${row#*:}"
	done
	_refused listen4 datagram -- "$REUSE" listen
	has run.err '^reuse listen: descriptor 4 from the service manager: a datagram socket'
	_refused idle -- "$REUSE" listen --json
	is status "$status" 1
	has run.out '"event":"error",.*"call":"accept","errno":"EINVAL",'
}

a_number_of_descriptors_that_is_none_is_refused() {
	for count in x -1 '' 99999999999 3x; do
		# shellcheck disable=SC2016 # for the inner shell: the program has its pid
		capture env LISTEN_FDS="$count" sh -c 'LISTEN_PID=$$ exec "$REUSE" listen 0 127.0.0.1'
		is "status with '$count'" "$status" 1
		silent run.out
		has run.err '^reuse listen: LISTEN_FDS: .*\(EINVAL\)$'
	done
}

operands_and_workers_make_no_sense_with_it() {
	for words in 3000 '0 127.0.0.1' '-w 2' '-w1' '--workers=3' --v6only --no-v6only '--backlog 7' '--backlog 2147483647' '--device lo' '--spread random' \
		--no-reuseport --no-reuseaddr; do
		# shellcheck disable=SC2086 # several words
		_refused listen4 -- "$REUSE" listen $words
		is "status of '$words'" "$status" 2
		silent run.out
		is "lines about '$words'" "$(lines run.err)" 1
		has run.err '^reuse listen: .*service manager'
	done
}

a_manager_hears_ready_and_that_it_stops() {
	_notify "$tmp/socket"
	spawn server env NOTIFY_SOCKET="$tmp/socket" "$REUSE" listen 0 127.0.0.1
	await_line manager.out '^READY=1$'
	await_listening server
	stop server
	is words "$(cat "$tmp/manager.out")" "bound
READY=1
STOPPING=1"
	silent server.err
}

# Its queue is full when the server starts.
a_manager_that_is_busy_holds_up_nobody() {
	for words in "" "-w 2"; do
		need python3
		rm -f "$tmp"/manager.* "$tmp"/server.* "$tmp/go" "$tmp/socket"
		spawn manager "$python" "$lib/manager.py" notify "$tmp/socket" "$tmp/go"
		await_line manager.out '^bound$'
		# shellcheck disable=SC2086 # words
		spawn server env NOTIFY_SOCKET="$tmp/socket" "$REUSE" listen -q 0 127.0.0.1 $words
		await_listening server
		run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 -W 2
		is "status of a client, $words" "$status" 0
		: >"$tmp/go"
		await_line manager.out '^READY=1$'
		stop server
		stop manager
	done
}

# At half the time that the manager gives, by a server alone and by the first process of workers.
a_manager_that_watches_hears_that_all_is_well() {
	for words in "" "-w 2"; do
		_notify "$tmp/watch${words# *}"
		# shellcheck disable=SC2016,SC2086 # the inner shell expands it; words
		spawn server sh -c 'WATCHDOG_PID=$$ WATCHDOG_USEC=400000 exec "$@"' sh env NOTIFY_SOCKET="$tmp/watch${words# *}" \
			"$REUSE" listen 0 127.0.0.1 $words
		await_listening server
		sleep 1.1
		stop server
		heard=$(count manager.out '^WATCHDOG=1$')
		below "words in 1.1 s, $words" "$heard" 8
		[ "$heard" -ge 3 ] || fail "only $heard times WATCHDOG=1 in 1.1 s, $words"
		stop manager
		rm -f "$tmp/server.rc" "$tmp/manager.rc" "$tmp/server.pid" "$tmp/manager.pid"
	done
}

so_it_does_by_an_abstract_socket_and_workers() {
	[ "$(uname)" = Linux ] || skip "only Linux has sockets with names in no file system"
	_notify "@reuse-test-$$"
	spawn server env NOTIFY_SOCKET="@reuse-test-$$" "$REUSE" listen 0 127.0.0.1 -w 2
	await_line manager.out '^READY=1$'
	stop server
	is times "$(count manager.out '^READY=1$')" 1
}

both_go_together() {
	_notify "$tmp/socket"
	NOTIFY_SOCKET=$tmp/socket; export NOTIFY_SOCKET
	_hand listen4 -- "$REUSE" listen
	await_line manager.out '^READY=1$'
	await_listening server
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
}

a_manager_that_is_gone_is_complained_of_and_all_goes_on() {
	spawn server env NOTIFY_SOCKET="$tmp/nobody" "$REUSE" listen 0 127.0.0.1
	await_listening server
	is complaint "$(cat "$tmp/server.err")" \
		"reuse listen: NOTIFY_SOCKET: connect: No such file or directory (ENOENT)"
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
}

keep_promises
