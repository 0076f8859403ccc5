#!/bin/sh
# One source for words: what --help says stands in the manual pages and in the completions, and
# all three are well formed.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

commands=$("$REUSE" help --as names)

# _as FORMAT [COMMAND]: what is written in that form, in $tmp/FORMAT.out.
_as() {
	form=$1
	timeout 20 "$REUSE" help --as "$@" >"$tmp/$form.out" 2>"$tmp/$form.err" ||
		fail "help --as $* ended with $?"
	silent "$form.err"
	[ -s "$tmp/$form.out" ] || fail "help --as $* says nothing"
}

# _options COMMAND: those that its help names, letters and names, one a line.
_options() {
	"$REUSE" help "$1" | sed -n 's/^  \(-.\), \(--[a-z0-9-]*\).*/\1\n\2/p; s/^      \(--[a-z0-9-]*\).*/\1/p'
}

names_are_the_commands_of_the_overview() {
	is names "$(echo "$commands" | tr '\n' ' ')" \
		"$("$REUSE" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | tr '\n' ' ')"
	for command in $commands; do
		is "names of $command" "$("$REUSE" help --as names "$command")" "$command"
	done
}

# Of words that stay as they are: those of a topic are indented; what is made of tables begins with a heading.
_widest_table() {
	awk '/^[^ ]/ { words = / [^ ]+[.:]$/ || / [^ ]+[.:] / } words && /^ / && length > n { n = length } END { print n + 0 }' "$tmp/run.out"
}

a_topic_is_a_page() {
	topics=$("$REUSE" help | sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	[ -n "$topics" ] || fail "no topics"
	for topic in $topics; do
		run help "$topic"
		is "status of help $topic" "$status" 0
		silent run.err
		below "the widest line of its tables" "$(_widest_table)" 81
		is "names of $topic" "$("$REUSE" help --as names "$topic")" "$topic"
		_as man "$topic"
		has man.out "^\.TH REUSE\\\\-$(echo "$topic" | tr a-z A-Z) 7 "
		run help --json "$topic"
		has run.out "\"topic\":\"$topic\""
	done
}

every_command_has_its_help() {
	for command in $commands; do
		run "$command" --help
		is "status of $command --help" "$status" 0
		silent run.err
		like "its first line" "$(sed -n 1p "$tmp/run.out")" "^usage: reuse $command( |\$)"
		[ "$(_options "$command" | wc -l)" -gt 10 ] || fail "$command has too few options"
	done
}

every_page_has_the_sections_of_a_manual_page() {
	for command in '' $commands; do
		_as man ${command:+"$command"}
		want='NAME SYNOPSIS DESCRIPTION OPTIONS EXIT STATUS EXAMPLES JSON EVENTS NOTES SEE ALSO '
		[ "$command" ] || want=$(echo "$want" | sed 's/OPTIONS/COMMANDS OPTIONS/; s/JSON EVENTS //')
		is "the sections of ${command:-reuse}" "$(sed -n 's/^\.SH //p' "$tmp/man.out" | tr '\n' ' ')" "$want"
	done
}

every_page_names_every_option() {
	for command in $commands; do
		_as man "$command"
		sed -e 's/\\f[BIR]//g' -e 's/\\-/-/g' "$tmp/man.out" >"$tmp/page.out"
		for option in $(_options "$command"); do
			has page.out "^(-., )?$option(,| |\$)"
		done
	done
}

the_first_page_names_every_command() {
	_as man
	for command in $commands; do
		is "places of $command" "$(count man.out "^\\.BR reuse\\\\-$command \\(1\\)\$")" 1
		has man.out "^\\.BR .*reuse\\\\-$command \\(1\\),\$"
	done
}

what_is_told_of_the_status_stands_in_its_section() {
	for command in $commands; do
		_as man "$command"
		lacks man.out '^Status|[. ]Status 0:'
		for number in 0 1 2; do
			is "status $number of $command" "$(grep -A1 -c "^\\.B $number\$" "$tmp/man.out")" 1
			like "what $command says of it" \
				"$(sed -n "/^\\.B $number\$/{n;p;}" "$tmp/man.out")" '^[A-Z0-9-].'
		done
	done
}

mandoc_finds_no_fault() {
	need mandoc
	for command in '' $commands; do
		_as man ${command:+"$command"}
		capture mandoc -T lint "$tmp/man.out"
		is "status of mandoc with ${command:-reuse}" "$status" 0
		silent run.out
		silent run.err
	done
}

what_people_search_for_leads_to_a_page() {
	need man mandb apropos
	mkdir -p "$tmp/man/man1" "$tmp/man/man7"
	for command in $commands; do
		"$REUSE" help --as man "$command" >"$tmp/man/man1/reuse-$command.1"
	done
	for topic in sharing errors; do
		"$REUSE" help --as man "$topic" >"$tmp/man/man7/reuse-$topic.7"
	done
	capture mandb -q -c "$tmp/man"
	for wanted in 'Address already in use:why errors' 'EADDRINUSE:why errors' 'port in use:why' 'TIME_WAIT:why sharing'; do
		capture apropos -M "$tmp/man" -e "${wanted%%:*}"
		[ "$status" = 0 ] || capture apropos -M "$tmp/man" "${wanted%%:*}"
		for page in ${wanted#*:}; do
			has run.out "^reuse-$page \([17]\)"
		done
	done
}

groff_finds_no_fault() {
	need man groff
	for command in '' $commands; do
		_as man ${command:+"$command"}
		capture env MANWIDTH=80 man --warnings -l "$tmp/man.out"
		is "status of man with ${command:-reuse}" "$status" 0
		silent run.err
		has run.out '^SEE ALSO'
	done
}

no_page_is_wider_than_eighty_columns() {
	need man groff
	for page in '' $commands $("$REUSE" help | sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		_as man ${page:+"$page"}
		capture env MANWIDTH=80 man -l "$tmp/man.out"
		is "the first line of ${page:-reuse} beyond 80 columns" "$(awk 'length > 80 { print; exit }' "$tmp/run.out")" ""
	done
}

every_command_and_option_is_offered() {
	"$REUSE" help --complete '' >"$tmp/commands.out"
	for command in $commands; do
		has commands.out "^$command\$"
		"$REUSE" help --complete "$command" - >"$tmp/offered.out"
		for option in $(_options "$command"); do
			has offered.out "^$option\$"
		done
	done
}

every_completion_is_for_the_links_too() {
	for shell in bash zsh fish; do
		_as "$shell"
		for link in listener connector; do
			has "$shell.out" "(^|[^a-z])$link([^a-z]|\$)"
		done
	done
}

every_shell_can_read_its_completion() {
	tried=
	for shell in bash zsh fish; do
		command -v $shell >/dev/null || { echo "skip $promise: $shell is not installed"; continue; }
		_as $shell
		capture env HOME="$tmp" $shell -n "$tmp/$shell.out"
		is "status of $shell -n" "$status" 0
		silent run.err
		tried=1
	done
	[ "$tried" ] || skip "no shell at all"
}

help_in_json_says_the_same() {
	for command in $commands; do
		for words in "help $command --json" "$command --json --help"; do
			# shellcheck disable=SC2086 # several words
			run $words
			is "status of $words" "$status" 0
			silent run.err
			events run.out
			is "events of $words" "$(cut -d ' ' -f 1 "$tmp/events" | tr '\n' ' ')" "start help "
			lacks run.out '\\\\x0a' # a line's end is \n
			for option in $(_options "$command" | grep '^--'); do
				has run.out "\"name\":\"${option#--}\""
			done
		done
	done
	run help --json
	events run.out
	is "helps of all" "$(count events '^help ')" "$(echo "$commands" | wc -l)"
	run --json --version
	is "status of the version" "$status" 0
	has run.out "^{\"event\":\"start\",.*\"version\":\"$("$REUSE" --version | sed 's/reuse //')\"}\$"
	run connect --json
	events run.out
	is "events of connect alone" "$(cut -d ' ' -f 1 "$tmp/events" | tr '\n' ' ')" "start help "
}

an_unknown_form_is_a_malformed_word() {
	run help --as html
	is status "$status" 2
	silent run.out
	is complaint "$(cat "$tmp/run.err")" \
		"reuse help: --as 'html': not one of man, bash, zsh, fish, names"
	run help --as man lisen
	is status "$status" 2
	silent run.out
}

# Each line of the examples is run, in a network of its own, as what needs a port wants 3000.
no_example_is_malformed() {
	unshare -rn true 2>/dev/null || skip "no private network namespace here"
	need ip bash
	mkdir "$tmp/bin"
	ln -s "$REUSE" "$tmp/bin/reuse"
	for command in $commands; do
		"$REUSE" help "$command" | sed -n '/^examples:/,$s/^  //p' >>"$tmp/examples"
	done
	for topic in $("$REUSE" help | sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		"$REUSE" help "$topic" | sed -n '/--prove/!s/^  \(reuse .*\)/\1/p' >>"$tmp/examples"
	done
	[ "$(lines examples)" -ge 5 ] || fail "only $(lines examples) examples"
	while read -r example; do
		[ "${REUSE_OS:-}" != other ] || [ "${example#reuse run }" = "$example" ] || continue # needs Linux
		[ "${example#*curl }" = "$example" ] || command -v curl >/dev/null || continue # its 127 is curl's
		status=0
		(cd "$tmp" && PATH=$tmp/bin:$PATH EXAMPLE=$example HOME=$tmp MANPAGER=cat timeout -k 5 2 \
			unshare -rn bash -c 'ip link set lo up; eval "$EXAMPLE"') \
			</dev/null >"$tmp/example.out" 2>"$tmp/example.err" || status=$?
		case $status in
		0 | 1 | 124) ;;
		2 | 126 | 127) fail "'$example' ended with $status" ;;
		*) [ "${example#reuse run }" != "$example" ] || # whose status is its command's
			fail "'$example' ended with $status" ;;
		esac
		lacks example.err '^reuse[ a-z]*: (unknown|unexpected|operand)'
	done <"$tmp/examples"
}

# What a text says to type: 'reuse WORD ...' names a command, or a word that is asked of why; 'reuse help WORD' a page.
what_help_says_to_type_is_there() {
	pages="$commands
$("$REUSE" help | sed -n '/^topics:/,/^$/s/^  \([a-z]*\) .*/\1/p') COMMAND TOPIC"
	for page in '' $pages; do
		[ "$page" != COMMAND ] || break
		"$REUSE" help ${page:+"$page"} | tr '\n' ' ' | grep -o "'reuse [^']*'" >>"$tmp/typed" || :
	done
	[ "$(lines typed)" -gt 20 ] || fail "only $(lines typed) commands are quoted"
	while read -r _ word next; do
		word=${word%\'} next=${next%%[\' ]*}
		[ "$word" != help ] || [ "${next#-}" != "$next" ] || word=${next:-help}
		printf '%s\n' $pages | grep -qx -e "$word" || case $word in COMMAND | [A-Z]* | --* | *[0-9]*) ;; *) fail "'reuse $word' is no command or page" ;; esac
	done <"$tmp/typed"
}

keep_promises
