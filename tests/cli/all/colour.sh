#!/bin/sh
# Colour only on a terminal; NO_COLOR and --no-color turn it off.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
escape=$(printf '\033')

# _on_a_terminal WORD...: `reuse connect WORD...` to a server, with a terminal as stdout.
_on_a_terminal() {
	need terminal
	serve server 0 127.0.0.1
	TERM=xterm capture "$python" "$lib/peer.py" on_a_terminal "$REUSE" \
		connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 "$@"
	is status "$status" 0
	has run.out ' connected in '
}

a_terminal_sees_colour() {
	_on_a_terminal
	has run.out "$escape\[[0-9;]+m"
}

NO_COLOR_turns_it_off() {
	NO_COLOR=1; export NO_COLOR
	_on_a_terminal
	lacks run.out "$escape"
}

no_color_turns_it_off() {
	_on_a_terminal --no-color
	lacks run.out "$escape"
}

json_has_none() {
	need terminal
	serve server 0 127.0.0.1
	TERM=xterm capture "$python" "$lib/peer.py" on_a_terminal "$REUSE" \
		connect --json 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	has run.out '"connected"'
	lacks run.out "$escape"
}

a_pipe_sees_none() {
	serve server 0 127.0.0.1
	run connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	is status "$status" 0
	lacks run.out "$escape"
}

keep_promises
