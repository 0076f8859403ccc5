#!/bin/sh
# ctest: timeout=300
# `reuse experiment` as a command: its words, its text, how it ends, how it asks.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

without_words_it_lists_them() {
	run experiment
	is status "$status" 0
	silent run.err
	is names "$(sed -n 's/^ *\([0-9]*\)  \([a-z-]*\) .*/\1 \2/p' "$tmp/run.out" | tr '\n' ',')" \
		"1 two-addresses,2 one-server,3 two-ports,4 same-tuple,5 time-wait,6 spread,7 handover,8 self-connect,9 simultaneous-open,10 punch,11 wildcard,12 ephemeral,13 bind-cost,14 backlog,"
	run experiment --json
	is status "$status" 0
	events run.out
	is events "$(sed 's/ .*//' "$tmp/events" | sort | uniq -c | tr -s ' \n' ' ')" " 14 experiment 1 start "
}

unknown_words_run_nothing() {
	for word in 0 15 01x tiem-wait '' 1.; do
		run experiment 4 "$word"
		is "status of '$word'" "$status" 2
		silent run.out
		is "complaints about '$word'" "$(lines run.err)" 1
	done
	run experiment tiem-wait
	has run.err "did you mean 'time-wait'\?$"
	run experiment two-adresses
	has run.err "did you mean 'two-addresses'\?$"
	run experiment --asks
	is status "$status" 2
}

names_and_numbers_run_in_their_order() {
	run experiment -q punch 4
	is status "$status" 0
	is names "$(sed -n 's/^\([0-9]* [a-z-]*\): as expected$/\1/p' "$tmp/run.out" | tr '\n' ',')" \
		"10 punch,4 same-tuple,"
	has run.out '^2 as expected, 0 differ, 0 skipped, '
}

all_runs_each_once_in_the_order_of_the_list() {
	timeout 100 "$REUSE" experiment all -q >"$tmp/run.out" 2>"$tmp/run.err" || :
	is numbers "$(sed -n 's/^\([0-9]*\) [a-z-]*: .*/\1/p' "$tmp/run.out" | tr '\n' ' ')" "$(seq -s ' ' 14) "
}

a_newcomer_reads_it_in_80_columns() {
	need terminal stty
	# shellcheck disable=SC2016 # the inner shell expands it
	TERM=xterm NO_COLOR=1 capture "$python" "$lib/peer.py" on_a_terminal /bin/sh -c \
		'stty cols 80 && "$1" experiment 1 4 9 11 && "$1" experiment >"$2"' sh "$REUSE" "$tmp/list"
	is status "$status" 0
	tr -d '\r' <"$tmp/run.out" >"$tmp/shown.out" && mv "$tmp/shown.out" "$tmp/run.out"
	is "lines longer than 80" "$(awk 'length > 80' "$tmp/run.out" "$tmp/list")" ""
	is "lines that end in a blank" "$(count run.out ' $')" 0
	is "by hand" "$(count run.out '^By hand ')" 4
	has run.out '^  1\$ reuse listen 4545 127\.0\.0\.1$'
	has run.out '^  step +observed +expected$'
	has run.out '^  b connect 127\.0\.0\.1:[0-9]+ +EADDRNOTAVAIL EADDRNOTAVAIL$'
	is "what to remember" "$(count run.out '^Remember: ')" 4
	has run.out '^1 two-addresses: as expected$'
	lacks run.out "$(printf '\033')"
}

calls_stand_in_the_order_in_which_they_happen() {
	need python3
	run experiment --json 3
	timeout 20 "$python" - "$tmp/run.out" >"$tmp/check.out" 2>&1 <<'END' || fail "$(tail -n 1 "$tmp/check.out")"
import json, re, sys
events = [json.loads(line) for line in open(sys.argv[1])]
texts = [re.sub(r"\(.*", "", e["text"]) for e in events if e["event"] == "step"]
calls = [t for t in texts if re.match(r"(server|client) \d: (bind|listen|connect|accept)$", t)]
wanted = ["server 1: bind", "server 1: listen", "server 2: bind", "server 2: listen",
          "client 1: bind", "client 1: connect", "server 1: accept",
          "client 2: bind", "client 2: connect", "server 2: accept"]
assert calls == wanted, calls
assert texts.count("client 2: setsockopt") >= 2, texts
stamps = [e["ts"] for e in events]
assert stamps == sorted(stamps), "not in order"
END
}

what_differs_is_said_and_is_status_1() {
	# Queues of one, in a network of its own.
	# shellcheck disable=SC2016
	capture unshare -rn sh -c 'ip link set lo up && echo 1 >/proc/sys/net/core/somaxconn' 2>/dev/null
	[ "$status" = 0 ] || skip "no private network namespace with that setting here"
	# shellcheck disable=SC2016
	capture unshare -rn sh -c 'ip link set lo up; echo 1 >/proc/sys/net/core/somaxconn
		exec "$1" experiment --json 4 14' sh "$REUSE"
	is status "$status" 1
	events run.out
	has events '^outcome name="same-tuple" number=4 outcome="expected" reason=null '
	has events '^outcome name="backlog" number=14 outcome="differs" reason=".* gave 2, expected 3" '
	has events '^summary differs=1 expected=1 skipped=0 '
}

a_full_table_of_time_waits_is_no_difference() {
	beyond_posix "figures of the kernel's bounds"
	# shellcheck disable=SC2016
	capture unshare -rn sh -c 'ip link set lo up && echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets' 2>/dev/null
	[ "$status" = 0 ] || skip "no private network namespace with that setting here"
	# shellcheck disable=SC2016
	capture unshare -rn sh -c 'ip link set lo up; echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets
		exec "$1" experiment --json 5' sh "$REUSE"
	is status "$status" 0
	events run.out
	has events '^outcome name="time-wait" number=5 outcome="skipped" reason=".*tcp_max_tw_buckets'
	# shellcheck disable=SC2016
	capture unshare -rn sh -c 'ip link set lo up; echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets
		exec "$1" experiment 5' sh "$REUSE"
	has run.out '^  skipped: '
	lacks run.out 'The TIME_WAIT keeps the options'
}

what_cannot_be_done_here_says_how_it_could() {
	# shellcheck disable=SC2016,SC3045
	capture sh -c 'ulimit -n 200 && exec "$1" experiment --json 13' sh "$REUSE"
	is status "$status" 0
	events run.out
	has events '^outcome name="bind-cost" number=13 outcome="skipped" reason=".*ulimit -n'
	has events '^summary differs=0 expected=0 skipped=1 '
	lacks events '^step '
}

# _in_a_network COMMAND [EXPERIMENTS]: what they, or all, come to in a new network namespace, after COMMAND there.
_in_a_network() {
	beyond_posix "network namespaces"
	need network
	# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
	capture $apart sh -c "$1"'; exec "$0" experiment --json '"${2:-all}" "$REUSE"
	is "status ($(cat "$tmp/run.err"))" "$status" 0
	events run.out
	has events '^summary differs=0 expected=[0-9]+ skipped=[1-9]'
}

without_a_loopback_what_connects_is_skipped() {
	_in_a_network :
	is "skipped for that" "$(count events '^outcome .* outcome="skipped" reason="nothing on 127.0.0.1 is reached: .*ip link set lo up"')" 13
	has events '^outcome name="bind-cost" number=13 outcome="(expected|skipped)" reason=(null|".*descriptors)'
}

with_few_ephemeral_ports_what_needs_many_is_skipped() {
	_in_a_network 'ip link set lo up; echo 40000 40029 >/proc/sys/net/ipv4/ip_local_port_range;
		echo 40020-40029 >/proc/sys/net/ipv4/ip_local_reserved_ports'
	has events '^outcome name="spread" number=6 outcome="skipped" reason="it needs 400 ephemeral ports, and there are 20, '
	has events '^outcome name="handover" number=7 outcome="skipped" reason="it needs 90 '
	_in_a_network 'ip link set lo up; echo 40000 40004 >/proc/sys/net/ipv4/ip_local_port_range'
	has events '^outcome name="ephemeral" number=12 outcome="skipped" reason="it needs 10 ephemeral ports, and there are 5, '
}

# Neither that an address is missing, nor that IPv6 is off.
without_an_ephemeral_port_that_is_the_reason() {
	_in_a_network 'ip link set lo up; echo 1-65535 >/proc/sys/net/ipv4/ip_local_reserved_ports'
	for name in time-wait punch; do
		has events "^outcome name=\"$name\" number=[0-9]+ outcome=\"skipped\" reason=\"it needs 1 ephemeral port, and there are 0, "
	done
	has events '^outcome name="two-addresses" number=1 outcome="expected" '
	[ ! -e /proc/net/if_inet6 ] || lacks events 'reason="::1 cannot be bound'
}

with_few_descriptors_that_is_the_reason() {
	# shellcheck disable=SC2016,SC3045
	capture sh -c 'ulimit -n 8 && exec "$1" experiment --json 1 4 13' sh "$REUSE"
	is "status ($(cat "$tmp/run.err"))" "$status" 0
	events run.out
	is "skipped for that" "$(count events '^outcome .* outcome="skipped" reason="it needs 16 descriptors, ')" 3
}

without_an_address_what_is_bound_to_it_is_skipped() {
	_in_a_network 'ip link set lo up; ip addr del 127.0.0.1/8 dev lo; ip addr add 127.0.0.1/32 dev lo' '2 4'
	has events '^outcome name="one-server" number=2 outcome="skipped" reason="127\.0\.0\.2 is not an address '
	has events '^outcome name="same-tuple" number=4 outcome="expected" '
	_in_a_network 'ip link set lo up; ip addr del 127.0.0.1/8 dev lo' 13
	has events '^outcome name="bind-cost" number=13 outcome="skipped" reason="127\.0\.0\.1 cannot be bound: '
}

with_short_queues_what_waits_in_them_is_skipped() {
	_in_a_network 'ip link set lo up; echo 1 >/proc/sys/net/core/somaxconn' "7 12"
	has events '^outcome name="handover" number=7 outcome="skipped" reason="60 connections .* net.core.somaxconn is 1: '
	has events '^outcome name="ephemeral" number=12 outcome="skipped" reason="11 connections .* net.core.somaxconn is 1: '
}

without_a_network_of_its_own_the_rest_of_handover_is_shown() {
	beyond_posix "network namespaces"
	capture unshare -r true
	[ "$status" = 0 ] || skip "no user namespace here"
	# shellcheck disable=SC2016
	capture unshare -r sh -c 'echo 0 >/proc/sys/user/max_net_namespaces && exec "$1" experiment --json 7' sh "$REUSE"
	is status "$status" 0
	events run.out
	has events '^step result="[1-9][0-9]*" text="connections reset" '
	has events '^outcome name="handover" number=7 outcome="skipped" reason=".*unshare: ENOSPC.*root'
}

# What Linux of today says to setarch(8) is that it is an old one.
of_an_older_linux_it_expects_what_that_one_does() {
	[ "$(uname)" = Linux ] || skip "versions are those of Linux"
	need setarch
	capture setarch --uname-2.6 "$REUSE" experiment --json 7 13
	events run.out
	has events '^step result="[1-9][0-9]*" text="connections reset" '
	has events '^outcome name="handover" number=7 outcome="skipped" reason=".*from 5\.14 on'
	lacks events 'tcp_migrate_req=1'
	is "times that binds are compared" "$(count events 'text="last thousand to first, SO_REUSEADDR alone"')" 1
	since 6.8
	is status "$status" 1
	has events '^outcome name="bind-cost" number=13 outcome="differs" reason=".*expected less than 3"'
}

# The line at which it is interrupted, who gets the signal, what must not come any more. The last one,
# backlog, takes a second: so there is something to interrupt, however late the signal comes.
_interrupted() {
	at=$1 whom=$2; shift 2
	experiment_py interrupt "$at" "$whom" "is connected after|'connections from [^}]*'result': '[01]'" "$@"
}

interrupted_between_processes() { _interrupted 'server 2: listen' process 1 14; }
interrupted_as_by_a_terminal() { _interrupted 'client 1: connect' group 2 14; }
interrupted_in_the_course_of_all() { _interrupted '"number":4' process all; }
interrupted_while_it_deals_out() { _interrupted '8 x bind' process 6 14; }
interrupted_in_a_network_of_its_own() { _interrupted 'tcp_migrate_req=1|"outcome"' process 7 14; }
interrupted_while_it_binds() { _interrupted '"number":13' process 13 14; }
ended_at_once_it_leaves_no_process() { beyond_posix "way to end with a parent that was killed"; experiment_py kill; }
interrupted_while_it_waits() { _interrupted 'one more connect' process 14; }

_asked() {
	need terminal
	experiment_py ask "$1"
}

asked_on_a_terminal_it_keeps_score() { _asked score; }
asked_before_it_is_revealed() { _asked before; }
at_the_end_of_input_it_asks_no_more() { _asked end; }
interrupted_at_a_question() { _asked interrupt; }

without_a_terminal_nothing_is_asked() {
	run experiment --ask 10
	is status "$status" 0
	has run.err '^reuse experiment: --ask: not a terminal'
	lacks run.out 'guess'
	has run.out '^10 punch: as expected$'
}

a_reader_that_leaves_ends_it_quietly() {
	status=0
	# shellcheck disable=SC2016
	timeout 20 sh -c '"$1" experiment 1 2 3 2>"$2" | head -n 1 >/dev/null' sh "$REUSE" "$tmp/run.err" || status=$?
	is status "$status" 0
	silent run.err
}

keep_promises
