#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse help systems`: the rows of the rule, by system and version.
. "$(dirname "$0")/../../lib/lib.sh"

each_row_says_for_which_versions_and_how_it_is_known() {
	run help systems
	is status "$status" 0
	silent run.err
	for system in Linux gVisor FreeBSD NetBSD OpenBSD macOS Solaris; do
		has run.out "^$system( \(this system\))?\$"
	done
	has run.out '^      from 6\.17; '
	has run.out '^      before 6\.8; '
	is 'rows without a source' "$(sed -n '/^Linux/,$p' "$tmp/run.out" | grep -A 1 '^  [^ ]' | grep -cv -e '^  [^ ]' -e '^      .*; .' -e '^--$' || :)" 0
}

it_is_a_manual_page_too() {
	run help --as man systems
	is status "$status" 0
	has run.out '^\.TH REUSE\\-SYSTEMS 7 '
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	mandoc -T lint -W warning "$tmp/run.out" >"$tmp/lint" || fail "$(cat "$tmp/lint")"
}

json_has_the_same_rows() {
	run help systems
	rows=$(count run.out '^      ((from|before) [^;]*|[^;]*); ')
	run help --json systems
	is status "$status" 0
	events run.out
	is 'rows in JSON' "$(count events '^help .*topic="systems"')" "$rows"
}

words_complete_it() {
	run help --complete help sys
	is words "$(cat "$tmp/run.out")" systems
}

keep_promises
