#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse connect`: each socket that it opened is closed again, as --explain tells.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_all_are_closed() {
	opened=$(sed -n 's/^socket(.*) = \([0-9]*\)$/\1/p' "$tmp/run.err")
	closed=$(sed -n 's/^close(\([0-9]*\)) = 0$/\1/p' "$tmp/run.err")
	[ -n "$opened" ] || fail "no socket was opened"
	is "what was closed" "$closed" "$opened"
}

what_was_refused_is_closed() {
	run connect --explain 127.0.0.1 0 127.0.0.1 1 -c 1
	is status "$status" 1
	has run.err '^connect\([0-9]+, 127\.0\.0\.1:1\) = -1 ECONNREFUSED'
	_all_are_closed
}

what_was_connected_is_closed() {
	spawn server "$REUSE" listen 0 127.0.0.1
	await_listening server
	run connect --explain 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	_all_are_closed
}

keep_promises
