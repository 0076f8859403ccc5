#!/bin/sh
# Words that make no sense: status 2, one line that names them, nothing else.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/malformed.sh
. "$here/malformed.sh"

# _complains SEEN COMMAND WORD...
_complains() {
	seen=$1; shift
	run "$@"
	what=$(printf '%.100s' "reuse $*" | cat -v)
	is "status of '$what'" "$status" 2
	silent run.out
	is "lines of complaint about '$what'" "$(lines run.err)" 1
	said=$(cat "$tmp/run.err")
	like "complaint about '$what'" "$said" "^reuse $1: "
	below "length of complaint about '$what'" "${#said}" 1000
	printf '%s\n' "$said" | grep -Fiq -e "$seen" || fail "'$what': '$said' does not name '$seen'"
	! printf '%s' "$said" | LC_ALL=C grep -q "[^ -~]" || fail "'$what': '$said' holds raw bytes"
	table=$((table + 1))
}

every_malformed_word_is_named_in_one_line() {
	table=0
	malformed _complains
	[ "$table" -gt 100 ] || fail "only $table words tried"
}

a_bad_port_is_told_as_documented() {
	run listen 3000x
	is complaint "$(cat "$tmp/run.err")" \
		"reuse listen: port '3000x': not a number from 0 to 65535 or a service name"
}

words_before_the_command_make_no_sense_either() {
	for word in --bogus -Z '' "$(printf '\377')"; do
		run "$word"
		is "status of '$word'" "$status" 2
		silent run.out
		like complaint "$(sed -n 1p "$tmp/run.err")" '^reuse( help)?: '
		! LC_ALL=C grep -q "[^ -~]" "$tmp/run.err" || fail "raw bytes on stderr"
	done
}

a_malformed_word_is_no_json_either() {
	run listen --json 3000x
	is status "$status" 2
	silent run.out
	is lines "$(lines run.err)" 1
}

a_name_that_cannot_be_found_is_no_malformed_word() {
	run connect 127.0.0.1 0 nosuch.invalid 9
	is status "$status" 1
	has run.err '^reuse connect: .*nosuch\.invalid'
	silent run.out
}

keep_promises
