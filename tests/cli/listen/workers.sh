#!/bin/sh
# `reuse listen --workers`: several processes behind one port, and --poller.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# Spreading by a program is Linux's.
_need_linux() { [ "$(uname)" = Linux ] || skip "only Linux deals connections out so"; }

# _from_one_source MANY: that many connections from one source port, each served.
_from_one_source() {
	need python3
	capture "$python" "$lib/one_source.py" "$port" "$1"
	has run.out "^served $1$"
}

# _worker N: the connections of worker N in the summary.
_worker() { sed -n "s/^worker $1: \([0-9]*\) connections.*/\1/p" "$tmp/server.out"; }

# _children NAME: pids of the workers.
_children() { cat "/proc/$(pid_of "$1")/task/$(pid_of "$1")/children"; }

_has_children() { [ "$(_children "$1" | wc -w)" -eq "$2" ]; }

# _longer NAME N: $tmp/NAME has more than N lines.
_longer() { [ "$(lines "$1")" -gt "$2" ]; }

# _opened N: so many connections in all.
_opened() { [ "$(count server.out '^\+ ')" -eq "$1" ]; }

# Whether nobody listens on $port any more.
_deaf() { ! timeout 5 "$REUSE" connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 >/dev/null 2>&1; }

random_spreads_a_single_source_evenly() {
	beyond_posix "program that deals connections out"
	_need_linux
	serve server -q -w 2 --spread random 0 0.0.0.0
	_from_one_source 1000
	stop server
	is status "$status" 0
	is "the sum" "$(($(_worker 0) + $(_worker 1)))" 1000
	# 1000 throws of a coin lie outside of 400 to 600 once in 10^9
	below "worker 0's share" "$(_worker 0)" 601
	below "worker 1's share" "$(_worker 1)" 601
	has server.out '^1000 connections, 8000 bytes echoed, '
}

workers_are_numbered_as_the_help_says() {
	serve server --json -w 2 0 127.0.0.1
	stop server
	has server.out '"event":"summary",.*"worker":0,'
	has server.out '"event":"summary",.*"worker":1,'
	run help listen
	has run.out 'worker that has it, from 0; '
}

hash_puts_a_single_source_on_one_worker() {
	_need_linux
	serve server -q -w 2 0 0.0.0.0
	_from_one_source 200
	stop server
	is "the product" "$(($(_worker 0) * $(_worker 1)))" 0
	is "the sum" "$(($(_worker 0) + $(_worker 1)))" 200
}

cpu_serves_and_pins_each_worker() {
	beyond_posix "program that deals connections out"
	_need_linux
	need proc
	[ "$(nproc)" -gt 1 ] || skip "one CPU only"
	serve server -q -w 2 --spread cpu 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0
	is status "$status" 0
	at=0
	for child in $(_children server); do
		is "the CPUs of worker $at" \
			"$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$child/status")" "$at"
		at=$((at + 1))
	done
	is workers "$at" 2
	stop server
	is status "$status" 0
}

one_process_alone_leaves_another_server_its_share() {
	beyond_posix "program that deals connections out"
	_need_linux
	serve server -q --spread random 0 127.0.0.1
	spawn other "$REUSE" listen -q "$port" 127.0.0.1
	await_line other.out '^listening on '
	# each from a port of its own; a fair coin falls 24 times on one side once in 10^7
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
		run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1
		is "status of client $i" "$status" 0
	done
	stop other
	has other.out '^[1-9][0-9]* connections, '
}

json_tells_the_worker_and_one_summary_for_each() {
	serve server --json -w 3 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	await_line server.out '"closed"'
	stop server
	events server.out
	is "opened with its worker" "$(count events '^opened .*worker=[0-2]')" 1
	is summaries "$(count events '^summary ')" 4
	is "summaries of workers" "$(count events '^summary .*worker=[0-2]')" 3
	has events '^summary bytes=2 connections=1 seconds=[0-9.]+ ts=[0-9.]+$'
}

how_a_worker_ended_is_known_where_SIGCHLD_was_ignored() {
	need python3 proc
	_need_linux
	spawn server "$python" -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$REUSE" listen -w 2 0 127.0.0.1
	await_listening server
	victim=$(_children server | cut -d ' ' -f 1)
	kill -s KILL "$victim"
	await_line server.err "^reuse listen: worker [01] \(process $victim\) was killed by signal 9, "
	stop server
	is status "$status" 0
}

a_killed_worker_is_replaced_while_others_serve() {
	beyond_posix "program that deals connections out"
	_need_linux
	need proc
	serve server -w 2 -v --spread random 0 127.0.0.1
	for i in 1 2 3 4 5 6; do
		spawn "client$i" "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 0.05
		await_line "client$i.out" Dub
	done
	victim=$(_children server | cut -d ' ' -f 2)
	kill -s KILL "$victim"
	await_line server.err 'worker 1 \(process [0-9]+\) was killed by signal 9'
	await 10 _has_children server 2 || fail "workers: $(_children server)"
	# the ones of worker 0 go on, the ones of worker 1 were reset
	for i in 1 2 3 4 5 6; do
		if grep -q "^+ 127.0.0.1:$(source_of "client$i") .*worker 1" "$tmp/server.out"; then
			ended "client$i"
			is "status of a client of the killed one" "$status" 1
		else
			before=$(lines "client$i.out")
			await 10 _longer "client$i.out" "$before" || fail "client$i stands still"
			stop "client$i" TERM
			is "status of a client of the other one" "$status" 0
		fi
	done
	for i in 1 2 3 4 5 6 7 8; do
		run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1
		is "status of a newcomer" "$status" 0
	done
	stop server
	is status "$status" 0
}

nobody_in_the_queue_of_a_killed_worker_is_lost() {
	_need_linux
	serve server -q -w 1 0 127.0.0.1
	victim=$(_children server | tr -d ' ')
	kill -s STOP "$victim"
	for i in 1 2 3 4 5; do
		spawn "client$i" "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 -W 20
		await_line "client$i.out" ' connected in '
	done
	kill -s KILL "$victim"
	for i in 1 2 3 4 5; do
		ended "client$i" 20
		is "status of client$i" "$status" 0
	done
	stop server
	has server.out '^worker 0: 5 connections, 10 bytes echoed$'
}

most_connections_count_over_all_workers() {
	beyond_posix "program that deals connections out"
	_need_linux
	serve server -w 3 -m 2 --spread random 0 127.0.0.1
	for i in 1 2 3; do
		spawn "client$i" "$REUSE" connect 127.0.0.1 0 127.0.0.1 "$port" -i 0.05 -W 20
		await_line "client$i.out" ' connected in '
	done
	# two are served, the third waits in a queue
	await 10 _opened 2 || fail "$(count server.out '^\+ ') opened"
	served=
	for i in 1 2 3; do
		if grep -q "^+ 127.0.0.1:$(source_of "client$i")$" "$tmp/server.out"; then
			served="$served client$i"
		fi
	done
	is "clients served" "$(echo "$served" | wc -w | tr -d ' ')" 2
	stop "${served##* }" TERM
	for i in 1 2 3; do await_line "client$i.out" Dub; done
	is "opened in all" "$(count server.out '^\+ ')" 3
}

workers_end_with_their_first_process() {
	_need_linux
	serve server -q -w 2 0 127.0.0.1
	workers=$(_children server)
	tell server KILL
	ended server
	for child in $workers; do
		await 10 test ! -d "/proc/$child" || fail "worker $child outlives the first process"
	done
}

a_second_signal_ends_the_workers_too() {
	_need_linux
	need python3
	serve server -q -w 2 --drain 1m 0 127.0.0.1
	workers=$(_children server)
	peer stuck stuck 127.0.0.1 "$port" "$tmp/go"
	await_line stuck.out '^stuck [0-9]' 20
	tell server TERM
	await 10 _deaf || fail "the first signal is not heard"
	# one that comes within 5 ms is taken for the same request
	sleep 0.01
	tell server TERM
	ended server
	for child in $workers; do
		await 5 test ! -d "/proc/$child" || fail "worker $child goes on"
	done
	: >"$tmp/go"
}

a_stopped_worker_does_not_hold_up_the_end() {
	_need_linux
	serve server -q -w 2 --drain 0.5 0 127.0.0.1
	kill -s STOP "$(_children server | cut -d ' ' -f 1)"
	tell server TERM
	ended server 3
	is status "$status" 0
	has server.out '^0 connections, '
}

# Killed it stays, as nobody is told of its end but the tracer, which does not listen.
a_worker_whose_tracer_is_stopped_does_not_hold_up_the_end() {
	_need_linux
	need strace
	serve server -q -w 2 --drain 0.5 0 127.0.0.1
	worker=$(_children server | cut -d ' ' -f 1)
	spawn tracer strace -o "$tmp/trace" -p "$worker"
	await 10 grep -Eqs '^TracerPid:[[:space:]]*[1-9]' "/proc/$worker/status" || skip "strace may not trace here"
	tell tracer STOP
	tell server TERM
	ended server 3
	is status "$status" 0
	has server.out '^0 connections, '
	tell tracer CONT
}

workers_need_reuseport() {
	run listen -w 2 --no-reuseport 0 127.0.0.1
	is status "$status" 2
	silent run.out
	has run.err '^reuse listen: --no-reuseport: '
	is "lines of complaint" "$(lines run.err)" 1
}

words_of_spread_poller_and_workers_are_checked() {
	for words in '--spread even' '--poller select' '-w 0' '-w x' '-w 100000'; do
		# shellcheck disable=SC2086 # two words
		run listen $words 0 127.0.0.1
		is "status of $words" "$status" 2
		silent run.out
		is "lines about $words" "$(lines run.err)" 1
		has run.err "'${words##* }'"
	done
}

every_poller_serves_many() {
	need python3
	for poller in auto poll epoll kqueue; do
		run listen --poller "$poller" 0 192.0.2.1 # nobody's address
		case $status$poller in 2epoll | 2kqueue) continue ;; esac
		serve "$poller" -q --poller "$poller" 0 0.0.0.0
		_from_one_source 300
		stop "$poller"
		has "$poller.out" '^300 connections, 2400 bytes echoed, '
	done
}

keep_promises
