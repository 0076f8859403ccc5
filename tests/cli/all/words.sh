#!/bin/sh
# ctest: core
# Words that make no sense: status 2, one line that names them, nothing else.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/malformed.sh
. "$lib/malformed.sh"

# _complains SEEN COMMAND WORD...
_complains() {
	seen=$1; shift
	run "$@"
	# No processes but the program's own where all is well: the table is long.
	what=$*
	said=$(cat "$tmp/run.err")
	[ "$status" = 2 ] || fail "status of '$(_short)' is $status, wanted 2"
	[ ! -s "$tmp/run.out" ] || fail "stdout of '$(_short)' is not empty"
	case $said in
	"reuse $1: "*) ;;
	*) fail "'$(_short)': '$said' does not begin with 'reuse $1: '" ;;
	esac
	case $said in
	*[!\ -~]*) fail "'$(_short)': '$said' is more than one line, or holds raw bytes" ;;
	*"$seen"*) ;;
	*) fail "'$(_short)': '$said' does not name '$seen'" ;;
	esac
	below "length of complaint about '$what'" "${#said}" 1000
	table=$((table + 1))
}
_short() { printf '%.100s' "reuse $what" | cat -v; }

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

options_before_the_command_are_shown_their_place() {
	run -q listen 0
	is status "$status" 2
	silent run.out
	is complaint "$(cat "$tmp/run.err")" \
		"reuse: '-q': options come after the command: reuse listen '-q'"
	# The value of an option may look like a port.
	run -w 4 listen 3000
	is "complaint of a value" "$(cat "$tmp/run.err")" \
		"reuse: '-w': options come after the command: reuse listen '-w'"
	run -q 8080
	is "complaint before a port" "$(cat "$tmp/run.err")" \
		"reuse: '-q': options come after the command: reuse why '-q' '8080'"
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
