#!/bin/sh
# What a person sees on a terminal: lines that fit it, colours that mean something, progress; and
# nothing of that in a pipe.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
escape=$(printf '\033') return=$(printf '\r')
plain="${escape}\[0m" green="${escape}\[32m" red="${escape}\[31m" magenta="${escape}\[35m" bold="${escape}\[1m"

# _on COLUMNS ARGUMENT...: the program on a terminal so wide. What it shows is in $tmp/run.out, and
# without what colours and moves in $tmp/bare.out, where each state of a line is one.
_on() {
	need terminal stty
	columns=$1; shift
	# shellcheck disable=SC2016 # the inner shell expands it
	TERM=xterm capture "$python" "$lib/peer.py" on_a_terminal /bin/sh -c \
		'stty cols "$0" && exec "$@"' "$columns" "$REUSE" "$@"
	sed "s/$return\$//" "$tmp/run.out" | tr "$return" '\n' | sed "s/$escape\[[0-9;]*[a-zA-Z]//g" >"$tmp/bare.out"
}

_widest() { awk 'length > n { n = length } END { print n + 0 }' "$tmp/$1"; }

# What has tables, and what has prose.
_each_screen() {
	"$@" limits
	"$@" rules
	"$@" why EADDRINUSE
	"$@" why EADDRNOTAVAIL
	"$@" experiment same-tuple
	"$@" experiment
	"$@" help listen
	"$@" help try
	"$@" help errors
	"$@" help speed
}

_fits() {
	for width in 80 120; do
		_on "$width" "$@"
		[ "$(lines bare.out)" -gt 5 ] || fail "'$*' shows $(lines bare.out) lines"
		below "the widest line of '$*' on $width columns" "$(_widest bare.out)" $((width + 1))
	done
	run "$@"
	lacks run.out "$escape|$return"
}

lines_fit_the_terminal() { _each_screen _fits; }

# _whole ARGUMENT...: at 40 columns as at 120 the words are the same, whatever line they stand on.
_whole() {
	_on 120 "$@"
	tr -s ' \n' '\n\n' <"$tmp/bare.out" | grep . >"$tmp/wide.out"
	_on 40 "$@"
	below "the widest line of '$*' on 40 columns" "$(awk '/[^ ] +[^ ]/ && length > n { n = length } END { print n + 0 }' \
		"$tmp/bare.out")" 41
	tr -s ' \n' '\n\n' <"$tmp/bare.out" | grep . >"$tmp/narrow.out"
	cmp -s "$tmp/wide.out" "$tmp/narrow.out" || fail "'$*': $(diff "$tmp/wide.out" "$tmp/narrow.out" | head -n 4)"
}

# As many as have room for their results.
results_of_try_align_where_a_step_is_longer_than_the_row() {
	_on 50 try 'a bind 127.0.0.1:0' 'a listen' 'b set reuseaddr reuseport reuseaddr reuseport reuseaddr'
	is "the lines" "$(grep -v '^$' "$tmp/bare.out")" "$(printf '%s\n' 'a bind 127.0.0.1:0  ok' 'a listen            ok' \
		'b set reuseaddr reuseport reuseaddr reuseport' '  reuseaddr  ok')"
}

words_stay_whole_from_40_columns_on() {
	_whole why EADDRINUSE
	_whole experiment
	_whole help listen
	_whole help try
	_whole listen -h
}

# Nothing of a row of a table stands on the next line.
rows_of_tables_stay_whole_on_40_columns() {
	_on 40 rules
	for table in '^  ::ffff:0\.0\.0\.0( +[x.?]){2}$' '^  AP( +(no|ok|uid\??)){4}$' '^  dial another +[no:ok]+( bind)?$'; do
		has bare.out "$table"
	done
	lacks bare.out '^ {4,}([x.?]|no|ok|uid\??)( +([x.?]|no|ok|uid\??))*$'
	_on 40 limits
	has bare.out '^ *value +one +many +server$'
	lacks bare.out '^ *[0-9,]+M?( +[0-9,]+M?){1,2}$'
	beyond_posix "list of sockets"
	_on 40 limits --to 127.0.0.1:9
	has bare.out '^ +[0-9,]+  connect without bind( |$)'
}

# The first half of a heartbeat's line is shown before the second is there.
both_halves_of_a_heartbeat_fit_the_terminal() {
	serve server 0 127.0.0.1
	for width in 40 60; do
		_on "$width" connect 127.0.0.1 0 127.0.0.1 "$port" -c 2 -i 0 -D "$(yes word | head -n 20 | tr '\n' ' ')"
		is status "$status" 0
		below "the widest line on $width columns" "$(_widest bare.out)" $((width + 1))
		is "words that came back" "$(grep -o ' word' "$tmp/bare.out" | grep -c .)" 80
	done
}

complaints_fit_the_terminal_too() {
	for width in 40 60; do
		_on "$width" listen 0 198.51.100.1
		is status "$status" 1
		below "the widest line on $width columns" "$(_widest bare.out)" $((width + 1))
		like words "$(tr -s ' \n' '  ' <"$tmp/bare.out")" \
			'^reuse listen: bind 198\.51\.100\.1:0: [A-Z][a-z ]* \(EADDRNOTAVAIL\) reuse listen: '
	done
}

# A call's line does not stand within one of a heartbeat.
the_calls_of_a_heartbeat_have_lines_of_their_own() {
	serve server 0 127.0.0.1
	_on 80 connect 127.0.0.1 0 127.0.0.1 "$port" -c 1 --explain -v
	has bare.out '^send\([0-9]+, 2 bytes\) = 2$'
	has bare.out '^Lub hi\.\.\. Dub hi '
}

# Nor behind the one that tells of the search.
what_goes_to_stderr_has_lines_of_its_own() {
	_on 80 why --explain 127.0.0.1:1
	has bare.out '^socket\(AF_INET, SOCK_STREAM, 0\) = [0-9]+$'
}

tables_and_bars_fit_narrow_terminals() {
	for width in 40 60; do
		for name in two-addresses spread wildcard; do
			_on "$width" experiment "$name"
			below "the widest line of $name on $width columns" "$(_widest bare.out)" $((width + 1))
		done
		_on "$width" help systems
		below "the widest line about systems on $width columns" "$(_widest bare.out)" $((width + 1))
	done
}

# A step and what came of it are one line from 60 columns on; what was expected is shown where it differs.
a_step_is_one_line_on_60_columns() {
	for name in two-addresses same-tuple; do
		_on 60 experiment "$name"
		below "the widest line of $name" "$(_widest bare.out)" 61
		is "results of $name alone on a line" "$(count bare.out '^ +(ok|E[A-Z]+)$')" 0
		lacks bare.out 'expected: '
	done
	has bare.out '^ b connect 127\.0\.0\.1:[0-9]+ +EADDRNOTAVAIL$'
}

away_from_a_terminal_nothing_is_wrapped() {
	run why EADDRINUSE bind
	has run.out '^- possible: another socket is bound to this address and port.*\(same user\)$'
	run help sharing
	has run.out '^A connection is identified by .* differs from system to system\.$'
	run limits
	is "commands of limits alone on a line" "$(count run.out '^ *sysctl -w ')" 0
}

a_dumb_terminal_has_no_colour_and_no_progress() {
	need terminal
	TERM=dumb capture "$python" "$lib/peer.py" on_a_terminal "$REUSE" rules
	lacks run.out "$escape"
}

# _painted WANTED ENVIRONMENT... -- ARGUMENT...: whether there is colour, in a pipe.
_painted() {
	wanted=$1; shift
	capture env "$@"
	[ "$(count run.out "$escape")" = "$wanted" ] || fail "'$*': $(count run.out "$escape") lines have colour, wanted $wanted"
}

colour_is_as_asked_for() {
	set -- "$REUSE" try 'a bind :P'
	_painted 0 "$@"
	_painted 1 "$@" --color always
	_painted 0 "$@" --color auto
	_painted 1 CLICOLOR_FORCE=1 "$@"
	_painted 0 CLICOLOR_FORCE=0 "$@"
	_painted 1 CLICOLOR_FORCE=1 NO_COLOR=1 "$@"
	_painted 0 CLICOLOR_FORCE=1 "$@" --color never
	_painted 0 CLICOLOR_FORCE=1 "$@" --no-color
	_painted 0 CLICOLOR_FORCE=1 "$@" --json
}

results_stand_below_one_another_on_a_terminal() {
	_on 80 try 'a bind :P' 'a listen'
	is "columns of ok" "$(sed -n 's/  ok$//p' "$tmp/bare.out" | awk '{ print length }' | sort -u | wc -l | tr -d ' ')" 1
	run try 'a bind :P' 'a listen'
	has run.out '^a listen  ok$'
}

# _prose COLUMNS ARGUMENT...: it goes as far as the terminal does, and not further.
_prose() {
	_on "$@"
	below "the widest line of '$*'" "$(_widest bare.out)" "$((columns + 1))"
	below "20 less than $columns columns" $((columns - 20)) "$(_widest bare.out)" # no word is so long
}

prose_uses_the_width_that_there_is() {
	_prose 50 why EADDRINUSE
	_prose 100 why EADDRINUSE
	_prose 110 help connect
	_on 300 why EADDRINUSE
	below "the widest line on 300 columns" "$(_widest bare.out)" 121
}

a_stamp_takes_of_the_width() {
	_on 80 why EADDRINUSE -D
	below "the widest line" "$(_widest bare.out)" 81
	is "lines without a stamp" "$(count bare.out '^[^[]')" 0
	has bare.out '^$'
}

a_source_has_its_colour() {
	serve server 0 127.0.0.1
	_on 80 connect 127.0.0.1 0 127.0.0.1 "$port" -c 1
	has run.out "^${magenta}127\.0\.0\.1:[0-9]+${plain} -> 127\.0\.0\.1:$port connected in "
	_on 80 experiment two-ports
	is "sources in the table" "$(count run.out "^  ${magenta}127\.0\.0\.1:[0-9]+ +$plain +127\.0\.0\.1:[0-9]+ ")" 2
}

a_refusal_has_another() {
	_on 80 try 'a bind 127.0.0.1:P' 'b bind 127.0.0.1:P'
	has run.out "^a bind 127\.0\.0\.1:[0-9]+  ${green}ok$plain"
	has run.out "^b bind 127\.0\.0\.1:[0-9]+  ${red}EADDRINUSE$plain"
	_on 80 rules
	has run.out "${red}no$plain"
	has run.out "${green}ok$plain"
	serve server 0 127.0.0.1
	_on 80 why "127.0.0.1:$port"
	has run.out "${bold}TCP 127.0.0.1:$port is in use"
}

_uncoloured() {
	_on 80 "$@" --no-color
	lacks run.out "$escape"
	NO_COLOR=1; export NO_COLOR
	_on 80 "$@"
	unset NO_COLOR
	lacks run.out "$escape"
}

NO_COLOR_and_no_color_hold_for_every_command() { _each_screen _uncoloured; }

long_work_tells_how_far_it_is() {
	_on 80 limits --prove 60000
	is status "$status" 0
	has bare.out '^opened [0-9]+ of 60000, [0-9]+/s, '
	has run.out "^.*$return$escape\[K"
	_on 44 limits --prove 60000
	below "the widest line about it" "$(grep ' of 60000, ' "$tmp/bare.out" >"$tmp/of.out"; _widest of.out)" 44
	serve server 0 127.0.0.1
	_on 80 why "127.0.0.1:$port"
	is "what stands first" "$(sed -n 1p "$tmp/bare.out")" "looking at every socket and process"
	has run.out "process$return$escape\[K"
	_on 80 why --no-color "127.0.0.1:$port"
	has run.out "process$return {35}${return}TCP"
	lacks run.out "$escape"
	_on 80 why
	is "what stands first of what is shared" "$(sed -n 1p "$tmp/bare.out")" "looking at every socket and process"
	for width in 10 22 45; do
		_on "$width" why -D "127.0.0.1:$port"
		is "rows that it leaves on $width columns" "$(count run.out "looking[^$return]*$return\$")" 0
	done
	_on 80 why EADDRINUSE
	lacks bare.out '^looking'
	run why "127.0.0.1:$port"
	lacks run.out '^looking'
	run limits --prove 60000
	is "status in a pipe" "$status" 0
	lacks run.out ' of 60000'
}

keep_promises
