#!/bin/sh
# What the kernel refuses `reuse listen` itself: the call that failed is named.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _with_few_descriptors WORD...: the complaint about a lack of them, for each number that is too small: $tmp/complaints.
_with_few_descriptors() {
	: >"$tmp/complaints"
	for most in 5 6 7 8 9 10 11 12 13 14; do
		# shellcheck disable=SC2016 # the inner shell expands it
		capture sh -c 'ulimit -n "$1" && shift && exec timeout 0.3 "$@"' sh "$most" "$REUSE" listen "$@" 0 127.0.0.1
		sed -n '/(EMFILE)/p' "$tmp/run.err" >>"$tmp/complaints"
	done
}

who_fails_names_the_call() {
	[ "$(uname)" = Linux ] || skip "epoll is Linux's"
	beyond_posix epoll
	_with_few_descriptors --poller epoll
	has complaints '^reuse listen: epoll_create1: .*\(EMFILE\)$'
	has complaints '^reuse listen: pipe: .*\(EMFILE\)$'
	lacks complaints ': (malloc|poll|fork|mmap):'
	_with_few_descriptors -w 1
	has complaints '^reuse listen: pipe: .*\(EMFILE\)$'
	lacks complaints ': (malloc|poll|fork|mmap):'
}

# _names_holder NAME WORD...: `reuse listen WORD...` is refused, and the complaint names the process of NAME.
_names_holder() {
	_holder=$1; shift
	run listen -q "$@"
	is "status of 'listen $*'" "$status" 1
	like "who refuses 'listen $*'" "$(sed -n 2p "$tmp/run.err")" \
		"^reuse listen: [^ ]+\[$(pid_of "$_holder")\] of [^ ]+ listens there"
}

# Yama or a container may forbid it.
_sees_who_shares() {
	# shellcheck disable=SC2086 # words
	capture $REUSE why "$port"
	grep -Eq '^LISTEN +127\.0\.0\.1:.* SO_REUSEADDR SO_REUSEPORT$' "$tmp/run.out" ||
		skip "options of others' sockets cannot be read"
}

who_refuses_is_named_and_not_who_shares() {
	[ "$(uname)" = Linux ] || skip "elsewhere the options of others cannot be read"
	beyond_posix "list of sockets"
	free_port
	spawn before "$REUSE" listen -q "$port" 127.0.0.1
	spawn refuser "$REUSE" listen -q --no-reuseaddr --no-reuseport "$port" 127.0.0.2
	spawn after "$REUSE" listen -q "$port" 127.0.0.3
	for name in before refuser after; do await_line $name.out '^listening on '; done
	_sees_who_shares
	_names_holder refuser "$port"
	# Without options each of them refuses it: the first is named.
	run listen -q --no-reuseaddr --no-reuseport "$port"
	has run.err '^reuse listen: [^ ]+\[[0-9]+\] of [^ ]+ listens there'
}

# Its options cannot be read: it may be who refuses, and who shares is not.
the_socket_of_another_user_is_named_before_one_that_shares() {
	[ "$(uname)" = Linux ] || skip "elsewhere the options of others cannot be read"
	beyond_posix "list of sockets"
	since 6.8 # lists sockets that are bound and no more
	[ "$(id -u)" = 0 ] || skip "needs root"
	need setpriv python3
	free_port
	cp "$REUSE" "$tmp/reuse"
	chmod 755 "$tmp" "$tmp/reuse"
	REUSE="setpriv --reuid 65534 --regid 65534 --clear-groups $tmp/reuse"
	# shellcheck disable=SC2086 # words
	spawn sharer $REUSE listen -q "$port" 127.0.0.1
	await_line sharer.out '^listening on '
	_sees_who_shares
	spawn bound "$python" -uc "import socket, time
s = socket.socket()
s.bind(('127.0.0.2', $port))
print('bound')
time.sleep(60)"
	await_line bound.out bound
	# shellcheck disable=SC2086 # words
	capture $REUSE listen -q "$port"
	is status "$status" 1
	like "who refuses" "$(sed -n 2p "$tmp/run.err")" '^reuse listen: .* of root has bound it'
}

# Two interfaces with one link-local address, in a network of their own.
_on_two_interfaces() {
	ip link set lo up
	for name in one two; do
		ip link add $name type veth peer name "$name-end"
		ip link set $name addrgenmode none
		ip -6 addr add fe80::5/64 dev $name nodad
		ip link set $name up
		ip link set "$name-end" up
	done
	free_port
	for name in one two; do
		spawn $name "$REUSE" listen -q --no-reuseaddr --no-reuseport "$port" "fe80::5%$name"
		await_line $name.out '^listening on '
	done
	for name in one two; do
		_names_holder $name "$port" "fe80::5%$name"
		_names_holder $name --device $name "$port" ::
	done
}

of_two_interfaces_the_holder_on_the_same_one_is_named() {
	[ "$(uname)" = Linux ] || skip "veth is Linux's"
	beyond_posix "list of sockets"
	if [ -z "${APART:-}" ]; then
		need network
		$apart sh -c 'ip link add one type veth peer name two' 2>/dev/null ||
			skip "cannot make the interfaces"
		APART=1 PROMISE=$promise $apart sh "$0" >"$tmp/apart.out" 2>&1 || fail "in a network of its own"
		return
	fi
	_on_two_interfaces
}

# While the server is stopped.
a_full_queue_is_told_at_the_end() {
	[ "$(uname)" = Linux ] || skip "only Linux counts them"
	for words in "" "-w 1"; do
		# shellcheck disable=SC2086 # words
		serve server -v --backlog 1 $words 0 127.0.0.1
		for pid in $(pid_of server) $(cat "/proc/$(pid_of server)/task/$(pid_of server)/children"); do
			kill -s STOP "$pid"
			stopped="$pid ${stopped:-}"
		done
		for _ in 1 2 3 4 5; do run connect -q 127.0.0.1 0 127.0.0.1 "$port" -c 1 -W 0.1; done
		for pid in $stopped; do kill -s CONT "$pid"; done
		stop server
		has server.out '^[1-9][0-9]* dropped by the kernel before accept'
		rm -f "$tmp"/server.*
		stopped=
	done
	serve server -v 0 127.0.0.1
	stop server
	has server.out '^0 dropped by the kernel before accept'
}

keep_promises
