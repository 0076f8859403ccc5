#!/bin/sh
# ctest: core
# What the program is called, and what it then is.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

without_words_it_says_what_it_is_for() {
	run
	is status "$status" 0
	silent run.err
	like "the first line" "$(sed -n 1p "$tmp/run.out")" .
	cp "$tmp/run.out" "$tmp/alone.out"
	run help
	is status "$status" 0
	cmp -s "$tmp/run.out" "$tmp/alone.out" || fail "'reuse help' and 'reuse' differ"
}

help_lists_the_commands_in_order() {
	run help
	is "the order" "$(grep -Eow 'listen|connect|help' "$tmp/run.out" |
		awk '!seen[$0]++' | tr '\n' ' ')" "listen connect help "
}

help_for_the_whole_is_on_stdout() {
	for word in --help -h; do
		run "$word"
		is "status of $word" "$status" 0
		silent run.err
		has run.out listen
	done
}

a_command_has_one_help_however_it_is_asked_for() {
	for command in listen connect help; do
		run help "$command"
		is "status of help $command" "$status" 0
		silent run.err
		like "the help" "$(sed -n 1p "$tmp/run.out")" "^usage: reuse $command"
		cp "$tmp/run.out" "$tmp/first.out"
		run "$command" --help
		is "status of $command --help" "$status" 0
		silent run.err
		cmp -s "$tmp/run.out" "$tmp/first.out" || fail "'$command --help' and 'help $command' differ"
	done
}

# Its own options first, the others by letter and name, on a screen of 24 lines.
h_fits_a_screen_and_names_its_own_options() {
	for command in $("$REUSE" help --as names); do
		run "$command" -h
		is "status of $command -h" "$status" 0
		silent run.err
		like "the first line" "$(sed -n 1p "$tmp/run.out")" "^usage: reuse $command"
		below "the lines of $command -h" "$(lines run.out)" 25
		below "the widest line of $command -h" "$(awk 'length > n { n = length } END { print n + 0 }' "$tmp/run.out")" 81
		has run.out "reuse $command --help"
		mv "$tmp/run.out" "$tmp/brief.out"
		"$REUSE" help "$command" | sed -n '/^options:/,/^$/s/^  .*\(--[a-z0-9-]*\).*/\1/p' | while read -r option; do
			grep -q -e "$option" "$tmp/brief.out" || fail "$command -h does not name $option"
		done || exit 1
	done
}

V_is_version() {
	run -V
	is status "$status" 0
	like version "$(cat "$tmp/run.out")" '^reuse [0-9]+\.[0-9]+\.[0-9]+$'
}

# _asks_why WORD...: it is the same as `reuse why WORD...`.
_asks_why() {
	run why "$@"
	wanted="$status $(sed -n 1p "$tmp/run.out") $(sed -n 1p "$tmp/run.err")"
	run "$@"
	is "reuse $*" "$status $(sed -n 1p "$tmp/run.out") $(sed -n 1p "$tmp/run.err")" "$wanted"
}

a_port_or_an_errno_asks_why() {
	free_port
	_asks_why "$port"
	_asks_why ":$port"
	_asks_why "127.0.0.1:$port"
	_asks_why "[::1]:$port"
	_asks_why EADDRINUSE
	_asks_why EADDRINUSE bind
	_asks_why 80x
	_asks_why 'a/b'
}

what_may_be_meant_is_near() {
	for row in "li:listen' or 'limits" "lisen:listen" "experimnt:experiment" "ry:try" "h:help" "conetc:connect"; do
		run "${row%%:*}"
		is "status of ${row%%:*}" "$status" 2
		is complaint "$(cat "$tmp/run.err")" "reuse: unknown command '${row%%:*}', did you mean '${row#*:}'?"
	done
	for word in xyzzy lst ab frobnicate; do
		run "$word"
		is "status of $word" "$status" 2
		is complaint "$(cat "$tmp/run.err")" "reuse: unknown command '$word'"
	done
}

help_wins_over_operands() {
	run listen 0 127.0.0.1 --help
	is status "$status" 0
	has run.out '^usage: reuse listen'
}

help_names_every_option() {
	run help listen
	for option in --no-reuseaddr --no-reuseport --max-connections --idle-timeout --backlog \
		--keepalive --device --v6only --no-v6only --drain --user --json --explain --no-color; do
		has run.out "(^|[ ,])$option([ ,=]|\$)"
	done
	run help connect
	for option in --no-reuseaddr --no-reuseport --interval --count --size --timeout \
		--reconnect --keepalive --device --json --explain --no-color; do
		has run.out "(^|[ ,])$option([ ,=]|\$)"
	done
}

the_options_fit_a_screen() {
	for command in $("$REUSE" help --as names); do
		run "$command" -h
		is "status of $command -h" "$status" 0
		below "the lines of $command -h" "$(lines run.out)" 25
		below "the widest line of $command -h" "$(awk 'length > n { n = length } END { print n }' "$tmp/run.out")" 81
		lacks run.out '^ +-.*([.][.][.]|[,;:(])$'
		# Each option has all of a first part of its help, and not a piece of it.
		"$REUSE" help "$command" >"$tmp/whole.out"
		sed -n 's/^ *\(-., \)*\(--[a-z0-9-]*\)[^ ]*\( [A-Z|a-z:,.\[\]*\]*\)*   *\(.*\)$/\2	\4/p' "$tmp/run.out" >"$tmp/brief.out"
		while IFS='	' read -r option text; do
			grep -Fe "$option" "$tmp/whole.out" | sed 's/.*   *//' | grep -F -e "$text" |
				awk -v t="$text" '{ rest = substr($0, index($0, t) + length(t)); if (rest !~ /^($|; | \()/) exit 1 }' ||
				fail "$command -h cuts $option to '$text'"
		done <"$tmp/brief.out"
	done
}

help_in_a_pipe_is_not_wrapped() {
	run help listen
	has run.out '^      --poller [^ ]*  .* with many connections epoll or kqueue$'
	has run.out '^Listens on ADDR .* which is shown\.$'
}

connect_without_operands_is_its_help() {
	run connect
	is status "$status" 0
	silent run.err
	has run.out '^usage: reuse connect'
	cp "$tmp/run.out" "$tmp/alone.out"
	run help connect
	cmp -s "$tmp/run.out" "$tmp/alone.out" || fail "'connect' and 'help connect' differ"
}

version_is_three_numbers() {
	run --version
	is status "$status" 0
	silent run.err
	is lines "$(lines run.out)" 1
	like "the line" "$(cat "$tmp/run.out")" '^reuse [0-9]+\.[0-9]+\.[0-9]+$'
}

# _called_as FILE COMMAND: FILE, a link to the program or a copy of it, is COMMAND.
_called_as() {
	capture "$1" --help
	is "status of ${1##*/}" "$status" 0
	silent run.err
	like "help of ${1##*/}" "$(sed -n 1p "$tmp/run.out")" "^usage: reuse $2"
}

old_names_are_commands() {
	mkdir "$tmp/a path"
	ln -s "$REUSE" "$tmp/a path/listener"
	ln -s "$REUSE" "$tmp/a path/connector"
	_called_as "$tmp/a path/listener" listen
	_called_as "$tmp/a path/connector" connect
	cd "$tmp/a path" || exit 1
	_called_as ./listener listen
	PATH=$tmp/a\ path:$PATH
	_called_as connector connect
}

old_names_work_as_copies() {
	cp "$REUSE" "$tmp/listener"
	cp "$REUSE" "$tmp/connector"
	_called_as "$tmp/listener" listen
	_called_as "$tmp/connector" connect
}

the_build_puts_the_old_names_beside_the_program() {
	_called_as "$(dirname "$REUSE")/listener" listen
	_called_as "$(dirname "$REUSE")/connector" connect
}

a_link_with_a_commands_name_is_that_command() {
	for command in listen connect; do
		ln -s "$REUSE" "$tmp/$command"
		_called_as "$tmp/$command" "$command"
	done
	ln -s "$REUSE" "$tmp/help"
	capture "$tmp/help" listen
	like help "$(sed -n 1p "$tmp/run.out")" '^usage: reuse listen'
}

another_name_is_the_whole_program() {
	ln -s "$REUSE" "$tmp/anything"
	capture "$tmp/anything" --version
	is status "$status" 0
	has run.out '^reuse [0-9]'
}

old_names_complain_as_their_command() {
	ln -s "$REUSE" "$tmp/listener"
	capture "$tmp/listener" 3000x
	is status "$status" 2
	like complaint "$(cat "$tmp/run.err")" "^reuse listen: port '3000x': "
}

an_old_name_listens() {
	ln -s "$REUSE" "$tmp/listener"
	ln -s "$REUSE" "$tmp/connector"
	spawn server "$tmp/listener" 0 127.0.0.1
	await_listening server
	capture "$tmp/connector" 127.0.0.1 0 127.0.0.1 "$port" -c1
	is status "$status" 0
	has run.out '^Lub hi\.\.\. Dub hi '
}

an_unknown_command_gets_the_nearest_name() {
	for pair in lisen:listen listne:listen conect:connect hepl:help; do
		run "${pair%:*}"
		is "status of ${pair%:*}" "$status" 2
		silent run.out
		has run.err "^reuse: .*'?${pair%:*}'?"
		has run.err "(^|[^a-z])${pair#*:}([^a-z]|\$)"
	done
}

an_unknown_command_far_from_all_is_told_all_the_same() {
	run qqqqqqqqqqqq
	is status "$status" 2
	silent run.out
	has run.err '^reuse: .*qqqqqqqqqqqq'
}

help_for_an_unknown_command_is_a_complaint() {
	run help lisen
	is status "$status" 2
	silent run.out
	has run.err '^reuse help: .*lisen'
}

a_pipe_sees_no_colour() {
	for word in --version help; do
		run "$word"
		has run.out reuse
		lacks run.out "$(printf '\033')"
	done
	run listen 3000x
	has run.err 3000x
	lacks run.err "$(printf '\033')"
}

keep_promises
