#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse run` of `reuse run`: a process has one tracer.
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

keep_promises
