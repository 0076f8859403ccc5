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
	capture bash -c '. "$1"; COMP_WORDS=(reuse listen --spread "") COMP_CWORD=3; _reuse; echo "${COMPREPLY[*]}"
		COMP_WORDS=(reuse li more) COMP_CWORD=1; _reuse; echo "${COMPREPLY[*]}"' bash "$tmp/reuse.bash"
	silent run.err
	is words "$(cat "$tmp/run.out")" "hash random cpu
listen limits"
}

zsh_completes_words() { _completes zsh; }
fish_completes_words() { _completes fish; }

keep_promises
