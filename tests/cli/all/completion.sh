#!/bin/sh
# Completions in the shells themselves, on a pseudo-terminal.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

_completes() {
	need terminal "$1"
	mkdir "$tmp/home"
	status=0
	timeout 110 "$python" "$lib/completion.py" "$1" "$tmp/home" "$REUSE" >"$tmp/$1.out" 2>"$tmp/$1.err" ||
		status=$?
	is "status with $1" "$status" 0
}

bash_completes_words() { _completes bash; }

# It has the words, and need not have the line.
bash_completes_for_a_script_too() {
	need bash
	"$REUSE" help --as bash >"$tmp/reuse.bash"
	# shellcheck disable=SC2016 # for the other shell
	PATH=${REUSE%/*}:$PATH capture bash -c '. "$1"; COMP_WORDS=(reuse listen --spread "") COMP_CWORD=3; _reuse; echo "${COMPREPLY[*]}"
		COMP_WORDS=(reuse li more) COMP_CWORD=1; _reuse; echo "${COMPREPLY[*]}"' bash "$tmp/reuse.bash"
	silent run.err
	is words "$(cat "$tmp/run.out")" "hash random cpu
listen limits"
}

zsh_completes_words() { _completes zsh; }
fish_completes_words() { _completes fish; }

# _offers REGEX WORD...: a line that the program offers for the last WORD.
_offers() {
	offered=$1; shift
	capture "$REUSE" help --complete "$@"
	is "status for '$*'" "$status" 0
	silent run.err
	has run.out "$offered"
}

# _offers_nothing WORD...: any word, or a file.
_offers_nothing() {
	capture "$REUSE" help --complete "$@"
	is "status for '$*'" "$status" 0
	silent run.err
	silent run.out
}

the_program_offers_what_is_there() {
	_offers '^listen$' ''
	_offers '^experiment$' exp
	_offers '^--version$' --v
	_offers '^random$' listen --spread ''
	_offers '^--spread=random$' listen --spread=r
	_offers '^--json$' try --js
	_offers '^lo$' connect --device ''
	_offers '^root$' listen -u ro
	_offers '^127\.0\.0\.1$' listen 3000 ''
	_offers '^127\.0\.0\.1:$' why 127
	_offers '^\[::1\]:$' limits --source ''
	_offers '^EADDRINUSE$' why E
	_offers '^bind$' why EADDRINUSE ''
	_offers '^time-wait$' experiment 1 time
	_offers '^why$' help ''
	_offers '^hash$' listener --spread ''
	_offers '^fish$' help --as ''
	_offers '^reuseport$' run --set ''
	_offers '^sh$' run ''
	_offers '^sh$' run --set reuseport -- s
	is "programs offered twice" "$("$REUSE" help --complete run '' | sort | uniq -d)" ""
	_offers_nothing run ./s
	_offers_nothing run sh ''
	_offers '^errors$' help ''
	below "the errnos offered" "$("$REUSE" help --complete why E | wc -l | tr -d ' ')" 26
	_offers_nothing rules --diff ''
	_offers_nothing listen --backlog ''
	_offers_nothing nosuch ''
	_offers_nothing run ls -
	_offers_nothing listen 3000 127.0.0.1 ''
}

a_listening_port_is_offered_with_its_program() {
	beyond_posix "way to see who holds a port"
	serve server 0 127.0.0.1
	_offers "^$port	.*reuse\\[$(pid_of server)\\]" why "${port%?}"
	_offers '^EADDRINUSE$' why ''
}

# Where it lists and inserts nothing.
bash_lists_a_listening_port_with_its_program() {
	need bash
	beyond_posix "way to see who holds a port"
	serve server 0 127.0.0.1
	"$REUSE" help --as bash >"$tmp/reuse.bash"
	# shellcheck disable=SC2016 # for the other shell
	PATH=${REUSE%/*}:$PATH capture bash -c '. "$1"; COMP_WORDS=(reuse why "") COMP_CWORD=2; COMP_TYPE=$2
		_reuse; printf "%s\n" "${COMPREPLY[@]}"' bash "$tmp/reuse.bash" 63
	has run.out "^$port  .*reuse\\[$(pid_of server)\\]"
	has run.out '^EADDRINUSE$'
	# shellcheck disable=SC2016
	PATH=${REUSE%/*}:$PATH capture bash -c '. "$1"; COMP_WORDS=(reuse why "") COMP_CWORD=2; COMP_TYPE=$2
		_reuse; printf "%s\n" "${COMPREPLY[@]}"' bash "$tmp/reuse.bash" 9
	has run.out "^$port$"
}

keep_promises
