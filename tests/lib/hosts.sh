#!/bin/sh
# Host names of a test's own.
# shellcheck shell=sh disable=SC2034,SC2154 # named is for the test files; tmp is set by lib.sh

# hosts LINE...: $named, a command before others, which see /etc/hosts as these lines. Skips where that cannot be.
hosts() {
	need unshare mount getent
	printf '%s\n' "$@" >"$tmp/hosts"
	printf 'mount --bind "%s" /etc/hosts && exec "$@"\n' "$tmp/hosts" >"$tmp/named.sh"
	for named in "unshare -m sh $tmp/named.sh" "unshare -rm sh $tmp/named.sh" ""; do
		[ "$($named cat /etc/hosts 2>/dev/null)" != "$(cat "$tmp/hosts")" ] || break
	done
	[ "$named" ] || skip "no file can be laid over /etc/hosts here"
}
