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

keep_promises
