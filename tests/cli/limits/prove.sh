#!/bin/sh
# ctest: timeout=300 serial once
# `reuse limits --prove`: many connections from one source address and port.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"

crowd=20000
half=400000 # so many that a second, after which progress is shown, is not enough to open them

# _many COMMAND...: with the time that a crowd may take on a busy machine.
_many() {
	status=0
	timeout 90 "$@" </dev/null >"$tmp/run.out" 2>"$tmp/run.err" || status=$?
}

# _proof MEMBER: of the proof in $tmp/run.out.
_proof() {
	sed -n 's/^{"event":"proof",.*"'"$1"'":\([^,}]*\).*/\1/p' "$tmp/run.out"
}

# _proven MANY: the run before opened and echoed them all, from one source.
_proven() {
	is status "$status" 0
	silent run.err
	is asked "$(_proof asked)" "$1"
	is opened "$(_proof opened)" "$1"
	is echoed "$(_proof echoed)" "$1"
	[ "$(uname)" != Linux ] || is sources "$(_proof sources)" 1
}

# _at PORT: how many sockets are at 127.0.0.1:PORT or connected to it, in whatever state. Others may
# have that port at another address.
_at() {
	if command -v ss >/dev/null; then # asks the kernel for these alone
		timeout 60 ss -Htan "( src 127.0.0.1 and sport = :$1 ) or ( dst 127.0.0.1 and dport = :$1 )" | wc -l
		return
	fi
	need python3
	timeout 60 "$python" -c '
import socket, sys
packed = int.from_bytes(socket.inet_aton("127.0.0.1"), sys.byteorder)
end = "%08X:%04X" % (packed, int(sys.argv[1]))
print(sum(end in line.split()[1:3] for line in open("/proc/net/tcp")))' "$1"
}

_gone() { ! kill -0 "$1" 2>/dev/null; }

a_crowd_stands_from_one_source() {
	beyond_posix "table of connections"
	_many "$REUSE" limits --prove "$crowd" --json
	_proven "$crowd"
	events run.out
	like source "$(_proof source)" '^"127\.0\.0\.1:[0-9]+"$'
	[ "$(uname)" != Linux ] || need proc
	[ "$(uname)" != Linux ] || below "own memory a connection" "$(_proof own_bytes_each)" 400
	[ "$(uname)" != Linux ] || below "kernel memory a connection" "$(_proof kernel_bytes_each)" 40000
}

a_user_can_do_it_too() {
	beyond_posix "table of connections"
	[ "$(id -u)" -eq 0 ] || skip "a user does it in the other tests"
	need setpriv
	cp "$REUSE" "$tmp/reuse"
	chmod 755 "$tmp" "$tmp/reuse"
	_many setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/reuse" limits --prove "$crowd" --json
	_proven "$crowd"
}

few_descriptors_take_many_processes() {
	beyond_posix "table of connections"
	# shellcheck disable=SC3045 # dash and busybox have it
	ulimit -n 1024
	_many "$REUSE" limits --prove "$crowd"
	is status "$status" 0
	# two descriptors for each of the 20000, and some dozens that are needed otherwise
	has run.out '^from 127\.0\.0\.1:[0-9]+, 42 processes$'
	has run.out "^$crowd asked, $crowd opened, $crowd echoed, [0-9.]+ s$"
	[ "$(uname)" != Linux ] ||
		has run.out "^$crowd connections, distinct sources: 1, in the kernel's own table$"
}

too_few_descriptors_are_told() {
	# shellcheck disable=SC3045
	ulimit -n 24
	_many "$REUSE" limits --prove 100
	is status "$status" 1
	has run.err '^reuse limits: 24 descriptors per process are too few: [0-9]+ are needed$'
	_many "$REUSE" limits --prove 100 --json
	is status "$status" 1
	events run.out
	has events '^error call="socket" errno="EMFILE" '
}

the_source_is_the_one_asked_for() {
	beyond_posix "table of connections"
	_many "$REUSE" limits --prove 100 --json
	source=$(_proof source)
	_many "$REUSE" limits --prove 500 --json --source "$(echo "$source" | tr -d '"')"
	_proven 500
	is source "$(_proof source)" "$source"
	_many "$REUSE" limits --prove 100 --source 192.0.2.1:0
	is status "$status" 1
	has run.err '^reuse limits: bind 192\.0\.2\.1:0: .*\(EADDRNOTAVAIL\)$'
}

the_source_may_be_a_name() {
	beyond_posix "table of connections"
	grep -Eq '^127\.0\.0\.1[[:space:]]+localhost' /etc/hosts 2>/dev/null || skip "localhost has no line in /etc/hosts"
	_many "$REUSE" limits --prove 100 -4 --json --source localhost:0
	_proven 100
	like source "$(_proof source)" '^"127\.0\.0\.1:[0-9]+"$'
	_many "$REUSE" limits --prove 100 -n --source localhost:0
	is "status with numbers only" "$status" 2
	_many "$REUSE" limits --prove 100 --source nowhere.invalid:0
	is "status of a name that nobody has" "$status" 1
	silent run.out
	has run.err 'nowhere\.invalid'
}

with_ipv6_the_destinations_are_ports() {
	beyond_posix "table of connections"
	[ "$(uname)" != Linux ] || grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || skip "no ::1 here"
	_many "$REUSE" limits --prove 2000 --json -6
	_proven 2000
	like source "$(_proof source)" '^"\[::1\]:[0-9]+"$'
	_many "$REUSE" limits --prove 64513 -6
	is status "$status" 1
	has run.err 'needs 64513 ports of one address, and there are 64512$'
}

# The source has one of these ports itself.
what_could_be_opened_echoes_where_not_all_could() {
	beyond_posix "table of connections"
	[ "$(uname)" != Linux ] || grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || skip "no ::1 here"
	_many "$REUSE" limits --prove 64512 -6 --source '[::1]:0'
	! grep -q ' of memory' "$tmp/run.err" || skip "not enough memory for 64512 connections"
	is status "$status" 1
	is complaint "$(cat "$tmp/run.err")" \
		"reuse limits: no port of ::1 from 1024 on is free any more (EADDRNOTAVAIL)"
	opened=$(sed -n 's/^64512 asked, \([0-9]*\) opened, .*/\1/p' "$tmp/run.out")
	below opened "$opened" 64512
	has run.out "^64512 asked, $opened opened, $opened echoed, "
	has run.out "^closed $opened in "
}

# Its processes are there, and the measuring before the proof takes longer than to see that.
_has_children() { [ -n "$(cat "/proc/$(pid_of prove)/task/$(pid_of prove)/children" 2>/dev/null)" ]; }

interrupted_before_it_begins_it_sums_up_too() {
	[ "$(uname)" = Linux ] || skip "what it starts is read from /proc"
	need proc
	for json in "" --json; do
		# shellcheck disable=SC2086 # none or one
		interruptible prove "$REUSE" limits --prove "$half" $json
		await 10 _has_children || fail "no processes"
		tell prove INT
		ended prove 10
		! grep -q ' of memory' "$tmp/prove.err" || skip "not enough memory for $half connections"
		is "status $json" "$status" 130
		has prove.out "^$half asked, [0-9]+ opened, 0 echoed|\"event\":\"proof\",.*\"asked\":$half,"
		rm "$tmp"/prove.*
	done
}

_none_at() { [ "$(($(_at "$1")))" = 0 ]; }

# _interrupted SIGNAL LINE MANY: of so many, sent when LINE is shown. Nothing may be left 5 s later.
_interrupted() {
	[ "$(uname)" = Linux ] || skip "what is left is read from /proc"
	need proc
	free_port # that nobody is given once it is free again, before the sockets are counted
	interruptible prove "$REUSE" limits --prove "$3" --source "127.0.0.1:$port" -v
	await 60 grep -Eqs -e "$2|connections need .* of memory" "$tmp/prove.out" "$tmp/prove.err" ||
		fail "waited 60 s for '$2'"
	! grep -q ' of memory' "$tmp/prove.err" || skip "not enough memory for $3 connections"
	children=$(cat "/proc/$(pid_of prove)/task/$(pid_of prove)/children")
	[ -n "$children" ] || fail "no processes before it"
	tell prove "$1"
	ended prove 10
	for child in $children; do
		await 5 _gone "$child" || fail "process $child is left"
	done
	await 5 _none_at "$port" || fail "sockets left at $port: $(($(_at "$port")))"
}

interrupted_while_opening_it_leaves_nothing() {
	_interrupted INT '^opened [0-9]+ of ' "$half"
	is status "$status" 130
	has prove.out '^interrupted: all are closed$'
	has prove.out "^$half asked, [0-9]+ opened, 0 echoed"
}

terminated_while_echoing_it_leaves_nothing() {
	_interrupted TERM '^opened 60000 in' 60000
	is status "$status" 130
	has prove.out '^60000 asked, 60000 opened, '
}

killed_it_leaves_nothing() {
	_interrupted KILL '^opened [0-9]+ of ' "$half"
	is status "$status" 137
}

too_little_memory_is_refused_with_figures() {
	[ "$(uname)" = Linux ] || skip "the memory in use is read from /proc"
	need proc
	_many "$REUSE" limits --prove 1000M
	is status "$status" 1
	silent run.out
	has run.err '^reuse limits: 1000000000 connections need [0-9.]+ TB of memory, (at least )?[0-9.]+ kB each'
	has run.err 'there is room for [0-9.]+ [MG]B: [0-9.]+ [MG]B available, of which [0-9.]+ [MG]B are kept free$'
	has run.err "^reuse limits: --force tries anyway$"
	_many "$REUSE" limits --prove 1000M --json
	is status "$status" 1
	events run.out
	has run.out '"event":"error".*"errno":"ENOMEM"'
}

a_reader_that_goes_away_ends_it() {
	# shellcheck disable=SC2016 # for the other shell
	spawn prove sh -c '"$1" limits --prove 60000 | head -n 1' sh "$REUSE"
	ended prove 60
	is "lines read" "$(lines prove.out)" 1
	silent prove.err
}

quiet_shows_the_summary_alone() {
	_many "$REUSE" limits --prove 100 -q
	is status "$status" 0
	like "the first line" "$(sed -n 1p "$tmp/run.out")" '^--- 127\.0\.0\.1:[0-9]+ ---$'
}

keep_promises
