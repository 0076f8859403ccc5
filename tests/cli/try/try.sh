#!/bin/sh
# shellcheck disable=SC2154,SC3045,SC2120 # lib.sh sets status and tmp; ulimit -n is in every sh that runs this
# `reuse try`: steps in, one result a line out.
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/hosts.sh
. "$lib/hosts.sh"

# _input: standard input to `reuse try - ARGUMENT...`.
_input() {
	status=0
	timeout 20 "$REUSE" try - "$@" >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
}

# _results: the result of each line of the output.
_results() { sed -n 's/^.*  //p' "$tmp/run.out" | paste -sd ' ' -; }

the_example_prints_what_it_says() {
	run try 'a bind 0.0.0.0:P reuseaddr' 'a listen' 'b bind 127.0.0.1:P reuseaddr'
	is status "$status" 1
	port=$(sed -n 's/^a bind 0.0.0.0:\([0-9]*\) reuseaddr  ok$/\1/p' "$tmp/run.out")
	is lines "$(lines run.out)" 3
	is output "$(sed "s/:$port /:PORT /" "$tmp/run.out" | paste -sd '|' -)" \
		'a bind 0.0.0.0:PORT reuseaddr  ok|a listen  ok|b bind 127.0.0.1:PORT reuseaddr  EADDRINUSE'
	silent run.err
}

all_ok_is_status_0() {
	run try 'a bind 127.0.0.1:P' 'b bind 127.0.0.1:Q' 'c bind 127.0.0.1:R'
	is status "$status" 0
	is ports "$(sed 's/.*:\([0-9]*\)  ok/\1/' "$tmp/run.out" | sort -u | grep -c .)" 3
}

the_letters_stay_out_of_the_range_that_the_kernel_gives_out() {
	beyond_posix "option for a range of ports"
	need network
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		for range in "10000 60000" "1024 65000" "2000 65535" "1024 65535"; do
			echo "$range" >/proc/sys/net/ipv4/ip_local_port_range || exit 77
			for i in 1 2 3 4 5 6 7 8; do
				"$REUSE" try 'a bind 127.0.0.1:P' 'b bind 127.0.0.1:Q' | sed "s/.*:\([0-9]*\)  /$range \1 /"
			done
		done
	END
	$apart sh "$tmp/inside.sh" >"$tmp/run.out" 2>"$tmp/inside.err" || skip "no range of ports can be set here"
	is answers "$(grep -c ' ok$' "$tmp/run.out")" 64
	# Where the range is all there is, it is one of it.
	is 'LOW HIGH PORT' "$(awk '$3 < 1024 || ($3 >= $1 && $3 <= $2 && !($1 == 1024 && $2 == 65535))' "$tmp/run.out")" ''
}

an_address_of_no_interface_is_bound_by_freebind() {
	beyond_posix "IP_FREEBIND"
	run try 'a bind 192.0.2.1:P' 'a bind 192.0.2.1:P freebind' 'b set freebind' 'b clear freebind' 'b bind 192.0.2.1:Q'
	is results "$(_results)" 'EADDRNOTAVAIL ok ok ok EADDRNOTAVAIL'
}

a_malformed_step_runs_nothing() {
	run try 'a bind 127.0.0.1:P' 'a bnd'
	is status "$status" 2
	silent run.out
	has run.err "^reuse try: step 2: verb 'bnd': expected bind, "
	is lines "$(lines run.err)" 1
}

a_malformed_line_is_told_by_its_number() {
	printf '# one\n\na bind 127.0.0.1:P\n\nb bind 127.0.0.1:P reuse\na listen\n' >"$tmp/steps"
	_input <"$tmp/steps"
	is status "$status" 2
	silent run.out
	has run.err "^reuse try: line 5: option 'reuse': expected reuseaddr, "
}

words_that_make_no_sense() {
	run try
	is status "$status" 2
	is complaint "$(cat "$tmp/run.err")" "reuse try: operand STEP is missing, such as 'a bind 127.0.0.1:P'"
	run try - 'a listen'
	is status "$status" 2
	is complaint "$(cat "$tmp/run.err")" "reuse try: unexpected argument 'a listen': - must be the only operand"
	run try --json 'a'
	is status "$status" 2
	silent run.out
	run try -n 'a connect localhost:1'
	is status "$status" 2
}

a_name_that_is_not_found_runs_nothing() {
	printf 'a bind 127.0.0.1:P\n\nb bind 127.0.0.1:P\nb connect no-such-host.invalid:1\n' >"$tmp/steps"
	_input <"$tmp/steps"
	is status "$status" 1
	silent run.out
	has run.err "^reuse try: line 4: address 'no-such-host.invalid': "
	is lines "$(lines run.err)" 1
	echo 'a bnd' >>"$tmp/steps"
	_input <"$tmp/steps"
	is status "$status" 2
	has run.err '^reuse try: line 5: '
	run try 'a bind 127.0.0.1:P' 'b connect no-such-host.invalid:1'
	is status "$status" 1
	silent run.out
	has run.err "^reuse try: step 2: address 'no-such-host.invalid': "
}

# Also where a step with a name is all of its trial, and each step has one.
all_names_are_looked_up_before_anything_is_run() {
	hosts '127.0.0.1 four.test'
	printf '%s\n\n' 'a bind four.test:P' 'b connect no-such-host.invalid:1' >"$tmp/steps"
	# shellcheck disable=SC2016,SC2086 # the inner shell expands it; a command
	capture $named sh -c '"$1" try - <"$2"' sh "$REUSE" "$tmp/steps"
	is status "$status" 1
	silent run.out
	has run.err "^reuse try: line 3: address 'no-such-host.invalid': "
	is lines "$(lines run.err)" 1
}

# A name is looked up for the socket that its step opens or has, whatever the same NAME was before or will be.
a_host_name_has_the_family_of_its_socket() {
	hosts '127.0.0.1 four.test both.test' '::1 both.test'
	# shellcheck disable=SC2086 # a command
	capture $named "$REUSE" try 'a bind [::1]:P' 'a close' 'a bind four.test:P' 'a name' 'a reset' 'a bind [::1]:P' \
		'a connect both.test:Q'
	is status "$status" 1
	is results "$(sed 's/.*  //; s/:[0-9]*$//' "$tmp/run.out" | tr '\n' ' ')" \
		'ok ok ok ok 127.0.0.1 ok ok ECONNREFUSED '
	silent run.err
}

the_family_of_a_host_name_can_be_chosen() {
	"$REUSE" try 'a bind [::1]:P' >/dev/null || skip "no IPv6 here"
	hosts '127.0.0.1 both.test' '::1 both.test'
	for pair in -4=127.0.0.1 '-6=[::1]'; do
		# shellcheck disable=SC2086 # a command
		capture $named "$REUSE" try "${pair%%=*}" 'a bind both.test:P' 'a name'
		is "status with ${pair%%=*}" "$status" 0
		is "address with ${pair%%=*}" "$(sed -n 's/^a name  ok \(.*\):[0-9]*$/\1/p' "$tmp/run.out")" "${pair#*=}"
	done
}

no_error_events() {
	for most in 4 5 6 7 8 9 10; do
		(ulimit -n "$most" && exec "$REUSE" try --json 'a bind 127.0.0.1:P') >"$tmp/run.out" 2>>"$tmp/all.err" || :
		lacks run.out '"error"'
	done
	has all.err '^reuse try: .*: [A-Z][a-z ]+ \(EMFILE\)$'
	status=0
	"$REUSE" try --json - <"$tmp" >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
	is status "$status" 1
	has run.err '^reuse try: standard input: Is a directory \(EISDIR\)$'
	lacks run.out '"error"'
}

an_unbound_socket_has_no_local_in_json() {
	run try --json 'a name' 'a set reuseaddr' 'a bind 0.0.0.0:P' 'a name'
	is 'with local' "$(count run.out '"local":"0.0.0.0:[1-9]')" 2
	is 'with local' "$(count run.out '"local"')" 2
}

empty_lines_end_a_trial_and_comments_do_not() {
	_input <<-'END'

		# a comment before
		a bind 127.0.0.1:P   # behind
		# between
		   a   listen
		    
		

		a bind 127.0.0.1:P
	END
	is status "$status" 0
	is output "$(sed 's/:[0-9]*/:PORT/' "$tmp/run.out" | paste -sd '|' -)" \
		'a bind 127.0.0.1:PORT  ok|a listen  ok||a bind 127.0.0.1:PORT  ok'
}

a_standard_input_that_is_closed_holds_no_steps() {
	# shellcheck disable=SC2016 # the inner shell expands it
	capture sh -c '"$1" try - <&-' - "$REUSE"
	is status "$status" 1
	is complaint "$(cat "$tmp/run.err")" "reuse try: standard input: Bad file descriptor (EBADF)"
	silent run.out
}

nothing_to_do_is_done() {
	_input </dev/null
	is status "$status" 0
	silent run.out
	printf '# nothing\n\n\n' >"$tmp/steps"
	_input <"$tmp/steps"
	is status "$status" 0
	silent run.out
}

a_last_line_needs_no_newline() {
	printf 'a bind 127.0.0.1:P\r\na listen' >"$tmp/steps"
	_input <"$tmp/steps"
	is results "$(_results)" 'ok ok'
}

letters_are_chosen_anew() {
	printf 'a bind :P\n\na bind :P\n\na bind :P\n\na bind :P\n' >"$tmp/steps"
	_input <"$tmp/steps"
	[ "$(sed -n 's/.*:\([0-9]*\)  ok/\1/p' "$tmp/run.out" | sort -u | wc -l)" -gt 1 ] ||
		fail "the same port each time"
}

port_0_stays_0() {
	run try 'a bind 127.0.0.1:0' 'a name'
	is first "$(sed -n 1p "$tmp/run.out")" 'a bind 127.0.0.1:0  ok'
	like second "$(sed -n 2p "$tmp/run.out")" '^a name  ok 127\.0\.0\.1:[1-9][0-9]*$'
}

a_name_without_a_socket_is_ebadf() {
	run try 'a bind 127.0.0.1:P' 'a listen' 's accept a' 's shutdown' 's bind 127.0.0.1:Q' \
		't accept s' 't close' 's name'
	is results "$(_results)" 'ok ok EAGAIN EBADF EBADF EBADF EBADF EBADF'
	is status "$status" 1
}

an_accept_may_be_tried_again() {
	run try 'a bind 127.0.0.1:P' 'a listen' 's accept a' 'c connect 127.0.0.1:P' 's accept a' 's name'
	like results "$(_results)" '^ok ok EAGAIN ok ok ok 127\.0\.0\.1:[0-9]*$'
}

another_call_is_named() {
	beyond_posix "socket option for an interface"
	run try 'a bind 127.0.0.1:P device=nosuchdevice' 'a name' 'a set device=nosuchdevice'
	is results "$(_results)" 'setsockopt:ENODEV ok 0.0.0.0:0 ENODEV'
}

a_socket_is_opened_anew() {
	run try 'a bind 127.0.0.1:P' 'a close' 'a bind 127.0.0.1:P' 'a reset' 'a name' 'a bind 127.0.0.1:P'
	is results "$(_results)" 'ok ok ok ok ok 0.0.0.0:0 ok'
}

a_second_connect_is_as_after_a_blocking_one() {
	run try 'c connect 127.0.0.1:P' 'c connect 127.0.0.1:P' 'a bind 127.0.0.1:P' 'a listen' \
		'd connect 127.0.0.1:P' 'd connect 127.0.0.1:P'
	is results "$(_results)" 'ECONNREFUSED ECONNREFUSED ok ok ok EISCONN'
}

the_first_address_chooses_the_family() {
	"$REUSE" try 'a bind [::1]:P' >/dev/null || skip "no IPv6 here"
	run try 'a set v6only' 'a bind [::]:P' 'b name' 'c set reuseaddr' 'c connect [::1]:P' 'd name' 'd bind [::1]:Q'
	is results "$(_results)" 'ok ok ok 0.0.0.0:0 ok ECONNREFUSED ok [::]:0 ok'
}

a_full_queue_times_out_after_two_seconds() {
	run try 'a bind 127.0.0.1:P' 'a listen 0' 'b connect 127.0.0.1:P' 'c connect 127.0.0.1:P'
	is results "$(_results)" 'ok ok ok ETIMEDOUT'
}

another_user_is_refused_where_it_may_not_be() {
	if [ "$(id -u)" -eq 0 ]; then
		run try 'a bind 127.0.0.1:P reuseport uid=65533' 'b bind 127.0.0.1:P reuseport'
		is results "$(_results)" 'ok EADDRINUSE'
	else
		run try "a bind 127.0.0.1:P uid=$(id -u)" 'b bind 127.0.0.1:Q uid=0' 'b name'
		is results "$(_results)" 'ok seteuid:EPERM ok 0.0.0.0:0'
	fi
}

out_of_descriptors() {
	# How many are open to begin with is not ours to say.
	for most in 5 6 7 8 9 10 11 12; do
		(ulimit -n "$most" && exec "$REUSE" try 'a bind 127.0.0.1:P' 'b bind 127.0.0.1:Q' 'a name') \
			>"$tmp/run.out" 2>"$tmp/run.err" || :
		case $(_results) in 'ok socket:EMFILE ok 127.'*) return ;; esac
	done
	fail "no limit lets one socket be made, but not two"
}

json_has_what_the_text_has() {
	beyond_posix "socket option for an interface"
	run try --json 'a bind 127.0.0.1:P reuseaddr' 'a listen' 'c connect 127.0.0.1:P' 's accept a' \
		'b bind 127.0.0.1:P reuseaddr' 'b set device=nosuchdevice' 'a close' 'c name'
	is status "$status" 1
	events run.out
	"$python" - "$tmp/run.out" >"$tmp/python.out" 2>&1 <<-'END' || fail "not as promised"
		import json, sys
		start, *steps = map(json.loads, open(sys.argv[1]))
		assert start["event"] == "start" and start["command"] == "try", start
		assert all(s["event"] == "step" and s["trial"] == 1 for s in steps), steps
		a, listen, c, s, b, device, close, name = steps
		port = a["local"].rsplit(":")[1]
		assert a["step"] == "a bind 127.0.0.1:%s reuseaddr" % port, a
		assert (a["socket"], a["verb"], a["result"]) == ("a", "bind", "ok"), a
		assert "peer" not in a and "errno" not in a and "call" not in a, a
		assert c["peer"] == "127.0.0.1:" + port and s["peer"] == c["local"], (c, s)
		assert s["socket"] == "s" and s["verb"] == "accept", s
		assert (b["result"], b["call"], b["errno"]) == ("EADDRINUSE", "bind", "EADDRINUSE"), b
		assert "local" not in b, b
		assert (device["result"], device["call"]) == ("ENODEV", "setsockopt"), device
		assert "local" not in close and "peer" not in close, close
		assert name["result"] == "ok" and name["local"] == c["local"], name
	END
}

every_call_is_explained() {
	run try --explain 'a bind 127.0.0.1:P reuseaddr' 'a listen 5' 'b bind 127.0.0.1:P'
	has run.err '^socket\(AF_INET, SOCK_STREAM, 0\) = [0-9]+$'
	has run.err '^setsockopt\([0-9]+, SOL_SOCKET, SO_REUSEADDR, 1\) = 0$'
	has run.err '^listen\([0-9]+, 5\) = 0$'
	has run.err '^bind\([0-9]+, 127.0.0.1:[0-9]+\) = -1 EADDRINUSE$'
}

a_refused_accept_is_explained() {
	for more in '' -v; do
		run try --explain $more 'a bind 127.0.0.1:P' 'a listen' 's accept a'
		is refusals "$(grep -E '^(accept|close)' "$tmp/run.err" | sed -n '/EAGAIN$/p' | tail -n 1 | sed 's/([0-9]*)/(N)/')" 'accept(N) = -1 EAGAIN'
	done
	run try --explain 'a bind 127.0.0.1:P' 'a listen' 's accept a'
	is refusals "$(count run.err '^accept')" 1
}

# Also of connections that the trials closed in order.
nothing_is_left() {
	need network ss
	cat >"$tmp/steps" <<-'END'
		a bind 127.0.0.1:P
		a listen
		c connect 127.0.0.1:P
		s accept a
		a close
		s close
		c close
		b bind 127.0.0.1:P

		a bind [::]:P reuseaddr
		a listen
		c bind 127.0.0.1:Q reuseport
		c connect 127.0.0.1:P
		s accept a
		c shutdown
		s shutdown

		a bind [::1]:P
		a listen
		c bind [::1]:Q
		c connect [::1]:P
		c close

		a bind 127.0.0.1:P
		a listen 0
		c connect 127.0.0.1:P
		c close
		a close
	END
	cat >"$tmp/inside.sh" <<-'END'
		ip link set lo up
		"$REUSE" try - <"$1/steps" >"$1/run.out"
		ss -tanH >"$1/tcp.out"
		ss -uanH >"$1/udp.out"
	END
	$apart sh "$tmp/inside.sh" "$tmp"
	has run.out 'EADDRINUSE'
	silent tcp.out
	silent udp.out
}

where_no_port_is_free_it_names_bind() {
	need network python3
	beyond_posix "way to read the range that the kernel gives out"
	most=$(ulimit -Hn)
	[ "$most" = unlimited ] || [ "$most" -ge 18000 ] || skip "$most descriptors hold too few ports"
	# Where the kernel gives all of them out, the letters are from 15000 to 32767: tcp/port.c.
	# shellcheck disable=SC2016 # the inner shell expands it
	capture $apart sh -c 'echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range && exec "$@"' sh \
		"$python" "$lib/peer.py" takes 15000 32767 "$REUSE" try 'a bind 127.0.0.1:P'
	is status "$status" 1
	silent run.out
	has run.err '^reuse try: bind: .*\(EADDRINUSE\)$'
}

thousands_of_trials() {
	i=0
	while [ "$i" -lt 5000 ]; do
		printf 'a bind 127.0.0.1:P reuseaddr\na listen\nb bind 127.0.0.1:P reuseaddr\n\n'
		i=$((i + 1))
	done >"$tmp/steps"
	_input <"$tmp/steps"
	is trials "$(count run.out '^b bind .*  EADDRINUSE$')" 5000
	is odd "$(grep -vE '^a bind .*  ok$|^a listen  ok$|^b bind .*  EADDRINUSE$|^$' "$tmp/run.out" | head -n 1)" ''
}

an_interrupt_ends_it_in_order() {
	interruptible try "$REUSE" try 'a bind 127.0.0.1:P' 'a listen 0' 'b connect 127.0.0.1:P' \
		'c connect 127.0.0.1:P' 'd bind 127.0.0.1:Q'
	await_line try.out '^b connect .* ok'
	stop try INT
	is status "$status" 130
	lacks try.out '^[cd] '
}

keep_promises
