#!/bin/sh
# What `reuse listen` keeps up: places, workers, limits, idle times.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_need_linux() { [ "$(uname)" = Linux ] || skip "only Linux tells who is a child"; }
_children() { cat "/proc/$(pid_of "$1")/task/$(pid_of "$1")/children"; }

the_soft_limit_of_descriptors_is_raised() {
	need proc
	# shellcheck disable=SC2016 # the inner shell expands it
	spawn server sh -c 'ulimit -Sn 64 && exec "$1" listen -q 0 127.0.0.1' sh "$REUSE"
	await_listening server
	# shellcheck disable=SC2046 # words
	set -- $(sed -n 's/^Max open files//p' "/proc/$(pid_of server)/limits")
	is "the soft limit" "$1" "$2"
	[ "$1" -gt 64 ] || skip "the hard limit is $1"
}

places_come_back_after_a_killed_worker() {
	_need_linux
	serve server -w 1 -m 1 0 127.0.0.1
	spawn first "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line first.out Dub
	kill -s KILL "$(_children server | tr -d ' ')"
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 -W 10
	is "status of the next one" "$status" 0
}

a_worker_that_dies_young_is_replaced_once_a_second_with_one_complaint() {
	_need_linux
	serve server -q -w 1 0 127.0.0.1
	began=$(date +%s%N)
	for i in 1 2; do
		await 5 grep -q '[0-9]' "/proc/$(pid_of server)/task/$(pid_of server)/children" || fail "no worker"
		kill -s KILL "$(_children server | tr -d ' ')"
		await 5 _complained "$i" || fail "$(lines server.err) complaints, wanted $i"
	done
	took=$((($(date +%s%N) - began) / 1000000))
	[ "$took" -ge 900 ] || fail "the second one began after $took ms"
	is complaints "$(count server.err 'was killed by signal 9')" 2
}
_complained() { [ "$(count server.err 'was killed by signal 9')" -ge "$1" ]; }

# _sockets PID: inodes of the sockets that it has.
_sockets() { find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' | sort; }

# _serves PID: this worker has closed the listeners of others, and has a handler of its own for SIGTERM since.
_serves() {
	[ "$(_sockets "$1" | wc -l)" -eq 1 ] &&
		awk '/^SigCgt:/ { exit index("4567cdef", substr($2, length($2) - 3, 1)) == 0 }' "/proc/$1/status"
}

# Two stopped workers of $tmp/server, with 20 clients whose words have arrived.
_stop_workers() {
	_need_linux
	serve server -q -w 2 0 127.0.0.1
	workers=$(_children server)
	for pid in $workers; do await 5 _serves "$pid" || fail "worker $pid does not serve"; done
	for pid in $workers; do kill -s STOP "$pid"; done
	peer crowd early 127.0.0.1 "$port" 20 "$tmp/go"
	await_line crowd.out '^sent 20$' 10
}

sigterm_of_all_the_group_is_no_failure_and_workers_drain() {
	_stop_workers
	for pid in $workers; do kill -s TERM "$pid"; done
	tell server TERM
	for pid in $workers; do kill -s CONT "$pid"; done
	await_line crowd.out '^echoed 20 ended 20$' 10
	ended server 5
	is status "$status" 0
	silent server.err
	has server.out '^20 connections, 100 bytes echoed, '
}

# Told by the first process alone.
workers_drain_at_sigterm() {
	_stop_workers
	tell server TERM
	for pid in $workers; do kill -s CONT "$pid"; done
	await_line crowd.out '^echoed 20 ended 20$' 10
	ended server 5
	is status "$status" 0
}

# It ends in order, and another one takes its place.
sigterm_of_one_worker_is_no_failure() {
	_stop_workers
	for pid in $workers; do kill -s TERM "$pid"; done
	for pid in $workers; do kill -s CONT "$pid"; done
	await_line crowd.out '^echoed 20 ended 20$' 10
	for pid in $workers; do
		await_line server.err "worker [01] \\(process $pid\\) ended, another one takes its place"
	done
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 -W 10
	is "status of the next one" "$status" 0
	stop server
	is status "$status" 0
	lacks server.err 'signal'
}

a_worker_has_its_own_listener_alone() {
	_need_linux
	serve server -q -w 3 0 127.0.0.1
	is "sockets of the first process" "$(_sockets "$(pid_of server)" | wc -l)" 3
	for pid in $(_children server); do
		await 5 _serves "$pid" || fail "worker $pid does not serve"
		is "sockets of worker $pid" "$(_sockets "$pid" | wc -l)" 1
		_sockets "$pid" >>"$tmp/all"
	done
	is "listeners of all" "$(sort -u "$tmp/all" | wc -l)" 3
}

idle_ones_are_closed_after_the_time_and_not_twice_that() {
	serve server --json --idle-timeout 1 0 127.0.0.1
	began=$(date +%s%N)
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	ended client
	took=$((($(date +%s%N) - began) / 1000000))
	await_line server.out '"reason":"idle"'
	[ "$took" -ge 1000 ] || fail "closed after $took ms"
	below "milliseconds until it was closed" "$took" 1900
}

the_reason_of_a_closed_connection_is_told() {
	serve server --json --drain 0.2 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1
	await_line server.out '"reason":"peer"'
	need python3
	"$python" -c 'import socket, struct, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"hi"); s.recv(2)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))' "$port"
	await_line server.out '"reason":"reset"'
	spawn client "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 60
	await_line client.out Dub
	stop server
	has server.out '"reason":"stopped"'
}

a_timeout_does_not_come_before_its_time() {
	misbehave mute silent
	began=$(date +%s%N)
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -W 0.5
	took=$((($(date +%s%N) - began) / 1000000))
	is status "$status" 1
	[ "$took" -ge 500 ] || fail "after $took ms"
}

keep_promises
