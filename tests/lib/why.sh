#!/bin/sh
# What the tests of `reuse why` have in common.
# shellcheck shell=sh disable=SC2034,SC2154 # variables of lib.sh and of the tests

[ -r /proc/self/net/tcp ] || { echo "skip: this system does not tell who holds a port"; exit 77; }

nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

# _hold KIND [OPTION...]: a holder in the background: $port, $holder (its pid).
_hold() {
	need python3
	spawn holder "$python" "$lib/holders.py" "$@"
	await 10 test -s "$tmp/holder.out" || fail "no holder $*"
	port=$(cat "$tmp/holder.out")
	holder=$(pid_of holder)
}

# _take ADDR PORT [OPTION...]: what bind and listen there say.
_take() { "$python" "$lib/holders.py" take "$@"; }

# _ask STATUS WORD...: `reuse why --json WORD...` into $tmp/events.
_ask() {
	wanted=$1; shift
	run why --json "$@"
	is "status of why $*" "$status" "$wanted"
	silent run.err
	events run.out
}

# stop_helps: the holder is stopped as advised, and the port can be had.
_stop_helps() {
	has events "^answer .*\"command\": \"kill $holder\""
	tell holder KILL
	ended holder
	is "bind after the holder was stopped" "$(_take 127.0.0.1 "$port")" ok
}

# _tried [ADDR]: what was tried is what bind and listen say to another process.
_tried() {
	sed -n "s/^probe basis=\"[a-z]*\" local=\"${1:-127.0.0.1}:$port\" options=\(\[.*\]\) result=\"\([A-Za-z]*\)\" .*/\1 \2/p" "$tmp/events" | sort >"$tmp/told"
	"$python" "$lib/holders.py" takes "${1:-127.0.0.1}" "$port" | sort >"$tmp/found"
	is "how many were tried" "$(lines told)" 4
	is "what was tried" "$(cat "$tmp/told")" "$(cat "$tmp/found")"
}

# _holds REGEX...: one holder has all of these.
_holds() {
	grep '^holder ' "$tmp/events" >"$tmp/holding"
	for piece in "$@"; do
		grep -E -e "$piece" "$tmp/holding" >"$tmp/holding.left"
		mv "$tmp/holding.left" "$tmp/holding"
	done
	[ -s "$tmp/holding" ] || fail "no holder has all of: $*"
}
_advised() { has events "^verdict .*text=\"[^\"]*$1"; }
