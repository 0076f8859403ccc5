#!/bin/sh
# `reuse listen` under load: lines are thinned and the echo is not, nobody starves.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

lines_are_thinned_and_the_rest_counted() {
	serve server --json 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -i 0 -c 10k
	is status "$status" 0
	has run.out '^10000 sent, 10000 echoed, 0% lost'
	stop server
	events server.out
	told=$(count events '^(opened|heard|closed) ')
	left=$(awk '/^left_out / { sub(".*lines=", ""); n += $1 } END { print n + 0 }' "$tmp/events")
	is "told and left out" "$((told + left))" 10002
	has events '^summary bytes=20000 connections=1 '
	# some hundreds a second at most
	busiest=$(sed -n 's/.* ts=\([0-9]*\)\..*/\1/p' "$tmp/events" | sort | uniq -c |
		awk '$1 > n { n = $1 } END { print n }')
	below "lines in the busiest second" "$busiest" 1000
	[ "$told" -ge 10 ] || fail "only $told lines told"
}

text_is_thinned_too() {
	serve server 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -i 0 -c 10k
	is status "$status" 0
	stop server
	told=$(count server.out '^([+-] 127|  127\.0\.0\.1:[0-9]+ [0-9]+ bytes$)')
	left=$(grep -Ev '^([+-] 127|  127\.0\.0\.1:[0-9]+ [0-9]+ bytes$|listening |---|.* bytes echoed)' \
		"$tmp/server.out" | grep -Eo '[0-9]+' | awk '{ n += $1 } END { print n + 0 }')
	is "told and left out" "$((told + left))" 10002
	has server.out '^1 connections?, 20000 bytes echoed'
}

# Three lines each, of which the one in the middle is thinned first.
open_and_close_lines_are_thinned_and_counted() {
	need python3
	serve server --json 0 127.0.0.1
	"$python" - "$port" <<'END'
import socket, sys
for _ in range(2000):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as c:
        c.sendall(b"hello")
        c.recv(5)
END
	stop server
	events server.out
	told=$(count events '^(opened|closed) ')
	heard=$(count events '^heard ')
	left=$(awk '/^left_out / { sub(".*lines=", ""); n += $1 } END { print n + 0 }' "$tmp/events")
	is "told and left out" "$((told + heard + left))" 6000
	below "open and close lines" "$told" 3900
	busiest=$(sed -n 's/.* ts=\([0-9]*\)\..*/\1/p' "$tmp/events" | sort | uniq -c |
		awk '$1 > n { n = $1 } END { print n }')
	below "lines in the busiest second" "$busiest" 1100
}

quiet_counts_nothing_as_left_out() {
	serve server --json -q 0 127.0.0.1
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -i 0 -c 3k
	is status "$status" 0
	stop server
	events server.out
	lacks events '^(opened|heard|closed|left_out)'
	has events '^summary bytes=6000 connections=1 '
}

a_slow_reader_holds_up_nobody() {
	serve server -q 0 127.0.0.1
	peer stuck stuck 127.0.0.1 "$port" "$tmp/go"
	await_line stuck.out '^stuck [0-9]' 20
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 100 -i 0 -W 2
	is status "$status" 0
	has run.out '^100 sent, 100 echoed, 0% lost'
	# back-pressure: the kernel's buffers fill up and the server reads no further
	sent=$(sed -n 's/^stuck //p' "$tmp/stuck.out")
	below "bytes taken from a client that does not read" "$sent" 60000000
	: >"$tmp/go"
}

a_slow_reader_costs_bounded_memory() {
	[ -r /proc/self/status ] || skip "no /proc here"
	serve server -q 0 127.0.0.1
	before=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pid_of server)/status")
	for name in one two three; do
		peer "$name" stuck 127.0.0.1 "$port" "$tmp/go"
	done
	for name in one two three; do
		await_line "$name.out" '^stuck [0-9]' 20
	done
	after=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pid_of server)/status")
	below "kB more for three slow readers" "$((after - before))" 4000
}

a_chatty_client_starves_nobody() {
	serve server -q 0 127.0.0.1
	peer chatty chatty 127.0.0.1 "$port"
	await_line chatty.out '^busy' 10
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 50 -i 0 -W 2
	is status "$status" 0
	has run.out '^50 sent, 50 echoed, 0% lost'
}

# It was stopped for longer than the time of silence, while they sent.
what_came_while_it_was_stopped_is_read_before_it_is_judged() {
	serve server -q --idle-timeout 0.5 0 127.0.0.1
	peer crowd late 127.0.0.1 "$port" 300 "$tmp/go"
	await_line crowd.out '^held 300' 15
	tell server STOP
	: >"$tmp/go"
	await_line crowd.out '^sent' 10
	sleep 0.7 # the time of silence
	tell server CONT
	await_line crowd.out '^echoed 300$' 15
}

_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

# More clients than descriptors: those that find no place wait, cost nothing and are served.
all_are_served_when_descriptors_run_out() {
	[ -r /proc/self/stat ] || skip "no /proc here"
	# shellcheck disable=SC2016
	spawn server sh -c 'ulimit -n 64; exec "$1" listen -q 0 127.0.0.1' sh "$REUSE"
	await_listening server
	peer crowd crowd 127.0.0.1 "$port" 200 "$tmp/go"
	await_line crowd.out '^held [0-9]' 15
	held=$(sed -n 's/^held //p' "$tmp/crowd.out")
	below "connections served with 64 descriptors" "$held" 64
	[ "$held" -ge 40 ] || fail "only $held connections served with 64 descriptors"
	before=$(_ticks "$(pid_of server)")
	said=$(lines server.err)
	sleep 3 # the time over which it may not spin
	spent=$(($(_ticks "$(pid_of server)") - before))
	below "hundredths of a CPU second spent in 3 s" "$spent" 10
	below "lines about it in 3 s" "$(($(lines server.err) - said))" 6
	other=$(grep -Evc "^reuse listen: accept 127\.0\.0\.1:$port: [A-Z][a-z ]+ \(EMFILE\)$" "$tmp/server.err")
	is "lines about something else" "$other" 0
	: >"$tmp/go"
	await_line crowd.out '^served 200 wrong 0$' 20
	stop server
	is status "$status" 0
	has server.out '^200 connections, '
}

# Each owes a part of 64 KiB in the end, and it is chance which.
a_peer_that_owes_too_much_is_closed() {
	serve server --json --max-owed 1k 0 127.0.0.1
	for name in one two three; do
		peer "$name" stuck 127.0.0.1 "$port" "$tmp/go"
	done
	await_line server.out '"reason":"owed"' 15
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0
	is "status of one that reads" "$status" 0
	: >"$tmp/go"
}

# _skip_instrumented: where a build keeps more memory than the program asks for.
_skip_instrumented() {
	serve build -v 0 127.0.0.1
	stop build
	! grep -q 'built with sanitizers' "$tmp/build.err" || skip "built with sanitizers or coverage"
}

_highest() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }

# Within a turn too, of which the first has the bytes of all of them.
what_many_owe_is_bounded() {
	need proc
	_skip_instrumented
	for words in "" "-w 2" "--poller poll"; do
		rm -f "$tmp"/server.* "$tmp"/crowd.* "$tmp/go"
		# shellcheck disable=SC2086 # words
		serve server -q --max-owed 1M 0 127.0.0.1 $words
		peer crowd deaf 127.0.0.1 "$port" 200 "$tmp/go"
		await_line crowd.out '^deaf 200$' 40
		for pid in $(pid_of server) $(cat "/proc/$(pid_of server)/task/$(pid_of server)/children"); do
			below "kB of $pid at its highest, $words" "$(_highest "$pid")" 6000
		done
		run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0
		is "status of one that reads" "$status" 0
		: >"$tmp/go"
		stop server
		ended crowd
	done
}

# _group BYTES: a control group of so much memory, $group, in which a process is put by its number.
_group() {
	for kind in '.*:memory:,/sys/fs/cgroup/memory,memory.limit_in_bytes' '0::,/sys/fs/cgroup,memory.max'; do
		at=${kind#*,}
		group=${at%,*}$(sed -n "s/^${kind%%,*}//p" /proc/self/cgroup)/reuse-test-$$
		mkdir "$group" 2>/dev/null || continue
		[ -e "$group/${at#*,}" ] && echo "$1" 2>/dev/null >"$group/${at#*,}" && return
		rmdir "$group"
	done
	skip "no control group with a bound on memory can be made"
}

_group_is_empty() { rmdir "$group" 2>/dev/null; }

# As a service manager would have it, MemoryMax=16M.
peers_that_never_read_do_not_get_it_killed_in_a_small_group() {
	_skip_instrumented
	_group 16777216
	# shellcheck disable=SC2016 # the inner shell expands it
	spawn server sh -c 'echo $$ >"$1/cgroup.procs" && ulimit -n 4096 && exec "$2" listen -q --max-owed 4M 0 127.0.0.1' \
		sh "$group" "$REUSE"
	await_listening server
	peer crowd deaf 127.0.0.1 "$port" 711 "$tmp/go"
	await 50 grep -Eqs '^deaf 711$' "$tmp/crowd.out" || : # the group goes first, whatever came
	run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 3 -i 0
	seen=$status
	: >"$tmp/go"
	stop server
	await 5 _group_is_empty || fail "$group is left"
	has crowd.out '^deaf 711$'
	is "status of one that reads" "$seen" 0
	is status "$status" 0
}

no_descriptor_for_a_newcomer_is_an_event() {
	# shellcheck disable=SC2016
	spawn server sh -c 'ulimit -n 16; exec "$1" listen --json -q 0 127.0.0.1' sh "$REUSE"
	await_listening server
	peer crowd crowd 127.0.0.1 "$port" 20 "$tmp/go"
	await_line server.out '"error"' 15
	: >"$tmp/go"
	await_line crowd.out '^served 20 wrong 0$' 20
	stop server
	events server.out
	has events "^error call=\"accept\" errno=\"EMFILE\" local=\"127\.0\.0\.1:$port\" message=\"accept 127.*\" peer=null ts="
	has events '^summary .*connections=20 '
}

keep_promises
