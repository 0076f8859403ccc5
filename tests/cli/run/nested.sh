#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse run` where nothing can be watched: a process has one tracer, and that has to be forked.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_nested() {
	beyond_posix "way to run a program traced"
	capture "$REUSE" run -q true
	is status "$status" 0
	lacks run.err 'nothing is watched'
	# shellcheck disable=SC2016
	capture "$REUSE" run -q sh -c '"$@"; echo "status $?"' sh "$REUSE" run "$@"
	has run.err '^reuse run: nothing is watched: process [0-9]+ traces it already$'
}

what_is_traced_already_runs_unwatched() {
	_nested sh -c 'echo it runs; exit 7'
	has run.out '^it runs$'
	has run.out '^status 7$'
}

what_is_to_be_changed_does_not_run_unwatched() {
	_nested --set reuseaddr sh -c 'echo it runs; exit 7'
	lacks run.out '^it runs$'
	has run.out '^status 1$'
}

# _unforked WORDS: run by nobody, who may have no process more.
_unforked() {
	beyond_posix "way to run a program traced"
	[ "$(id -u)" = 0 ] || skip "only root can become another user"
	need setpriv prlimit
	chmod 755 "$tmp" && cp "$REUSE" "$tmp/reuse"
	capture setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=0:0 "$tmp/reuse" run "$@"
}

where_no_tracer_can_be_forked_a_program_runs_unwatched_but_unchanged() {
	_unforked sh -c 'echo it runs; exit 7'
	is status "$status" 7
	has run.err 'nothing is watched: no process for the tracer'
	has run.out '^it runs$'
	_unforked --set reuseaddr sh -c 'echo it runs; exit 7'
	is status "$status" 1
	lacks run.out '^it runs$'
}

keep_promises
