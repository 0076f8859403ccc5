#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse listen`: the options that a listening socket has, as the first line tells, and what connections get of them.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

# _listening WITH WORDS...: a server on 127.0.0.1 tells these options.
_listening() {
	with=$1
	shift
	spawn server "$REUSE" listen 0 127.0.0.1 "$@"
	await_listening server
	has server.out "^listening on 127\.0\.0\.1:[0-9]+ \($with\), "
	tell server TERM
	ended server 10
	rm "$tmp"/server.*
}

options_that_are_set_are_told_and_no_others() {
	_listening 'SO_REUSEADDR SO_REUSEPORT'
	_listening SO_REUSEPORT --no-reuseaddr
	_listening SO_REUSEADDR --no-reuseport
	_listening 'no options' --no-reuseaddr --no-reuseport
}

keepalive_is_no_option_of_the_listener() {
	beyond_posix "TCP_KEEPIDLE"
	_listening 'SO_REUSEADDR SO_REUSEPORT' --keepalive 60
}

keep_promises
