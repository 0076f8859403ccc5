#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse experiment` with processes: the commands that are shown are those that run.
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

each_process_is_shown_with_its_whole_command() {
	beyond_posix 'second address of the loopback'
	run experiment 1
	is status "$status" 0
	has run.out '^  server 1\$ reuse listen [0-9]+ 127\.0\.0\.1$'
	has run.out '^  server 2\$ reuse listen [0-9]+ 127\.0\.0\.2$'
	has run.out '^  client 1\$ reuse connect 127\.0\.0\.1 [0-9]+ 127\.0\.0\.1 [0-9]+ hello$'
	has run.out '^  client 2\$ reuse connect 127\.0\.0\.1 [0-9]+ 127\.0\.0\.2 [0-9]+ world$'
	is 'lines that name the columns' "$(count run.out '^  step  +observed  +expected$')" 1
}

keep_promises
