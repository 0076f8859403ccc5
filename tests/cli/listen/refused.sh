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
