#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse why ERRNO CALL`: the causes of an errno, and which of them hold here.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

the_words_of_a_complaint_name_errno_and_call() {
	run why 'bind: EADDRINUSE' -q
	is status "$status" 0
	has run.out '^EADDRINUSE from bind: '
	is lines "$(lines run.out)" 1
	run why 'listen: Address already in use' -q
	is status "$status" 0
	has run.out '^EADDRINUSE from listen: '
	is lines "$(lines run.out)" 1
	run why 'frob: EADDRINUSE' -q
	is status "$status" 2
	silent run.out
}

quiet_leaves_the_causes_out() {
	run why EADDRINUSE -q
	is status "$status" 0
	has run.out '^EADDRINUSE from bind: '
	lacks run.out '^- |how to check'
	run why EADDRINUSE bind
	has run.out '^- possible: '
	has run.out '^  how to check: '
}

what_holds_in_json_is_what_the_text_says() {
	run why EADDRINUSE bind
	possible=$(count run.out '^- possible: ') holds=$(count run.out '^- holds here: ') not=$(count run.out '^- does not hold here: ')
	[ "$possible" -gt 0 ] || fail 'all are known'
	run why EADDRINUSE bind --json
	events run.out
	is null "$(count run.out '"holds":null')" "$possible"
	is true "$(count run.out '"holds":true')" "$holds"
	is false "$(count run.out '"holds":false')" "$not"
}

keep_promises
