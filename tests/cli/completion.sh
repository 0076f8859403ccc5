#!/bin/sh
# Completions in the shells themselves, on a pseudo-terminal.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

_completes() {
	need terminal "$1"
	mkdir "$tmp/home"
	status=0
	timeout 110 "$python" "$cli/completion.py" "$1" "$tmp/home" "$REUSE" >"$tmp/$1.out" 2>"$tmp/$1.err" ||
		status=$?
	is "status with $1" "$status" 0
}

bash_completes_words() { _completes bash; }
zsh_completes_words() { _completes zsh; }
fish_completes_words() { _completes fish; }

keep_promises
