#!/bin/sh
# Every complaint of the program: what provokes it, its words and its hint.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

every_complaint_is_provoked_and_reads_as_wanted() {
	beyond_posix "figures of the kernel's bounds"
	need python3
	mkdir "$tmp/folder"
	chmod 755 "$tmp" "$tmp/folder"
	# An ordinary user must reach it, too.
	cp "$REUSE" "$tmp/reuse"
	status=0
	timeout 110 "$python" "$lib/complaints.py" "$tmp/reuse" "$tmp/folder" \
		>"$tmp/run.out" 2>"$tmp/run.err" || status=$?
	[ "$status" != 77 ] || skip "$(grep '^not tried' "$tmp/run.out")"
	is status "$status" 0
}

keep_promises
