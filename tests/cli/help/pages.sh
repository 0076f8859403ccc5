#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse help`: pages that are made of tables, and what completes a word.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

the_events_of_each_command_stand_below_its_name() {
	run help json
	is status "$status" 0
	silent run.err
	for title in 'every command' listen connect try rules experiment why run limits; do
		is "sections \"$title\"" "$(count run.out "^$title\$")" 1
	done
	run help --as man json
	is 'sections of the manual page' "$(count run.out '^\.SS (every command|listen|connect|try|rules|experiment|why|run|limits)$')" 9
}

each_cause_of_an_errno_is_an_event() {
	run help --json errors
	is status "$status" 0
	events run.out
	causes=$(count events '^help .*errno="E[A-Z0-9]+"')
	[ "$causes" -gt 50 ] || fail "$causes causes"
	is 'of the topic' "$(count events '^help .*topic="errors"')" $((causes + 1)) # the first is about all
	is 'with text and check' "$(count events '^help calls=.* check="[^"].* text="[^"]')" "$causes"
	has events '^help calls=\["bind"\] .*errno="EADDRINUSE"'
}

nothing_completes_a_word_of_a_command_that_there_is_not() {
	run help --complete li
	has run.out '^listen'
	run help --complete li ''
	is status "$status" 0
	silent run.out
}

keep_promises
