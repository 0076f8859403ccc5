#!/bin/sh
# shellcheck disable=SC2154 # lib.sh sets status and tmp
# `reuse rules --fuzz`: random trials beside the forecast of the rule.
. "$(dirname "$0")/../../lib/lib.sh"

the_kernel_answers_as_forecast() {
	beyond_posix "way to see that the other end has acknowledged a FIN"
	run rules --fuzz 3k --seed 1
	is status "$status" 0
	silent run.err
	is 'last line' "$(tail -n 1 "$tmp/run.out" | sed 's/[0-9]* answers/M answers/; s/[0-9]* skipped/L skipped/')" \
		'3000 trials, M answers, 0 differ, L skipped'
	is 'lines, where none differs, but what is skipped' "$(($(lines run.out) - $(count run.out '^skipped: ')))" 2
}

the_same_seed_is_the_same_trials() {
	need python3
	run rules --fuzz 60 --seed 5 --json
	is status "$status" 0
	cp "$tmp/run.out" "$tmp/one"
	run rules --fuzz 59 --seed 6 --json
	"$python" - "$tmp/one" "$tmp/run.out" <<-'END' || fail "not the same trials"
		import json, sys
		one, other = ([json.loads(l) for l in open(f)] for f in sys.argv[1:])
		trials = [[(t["seed"], t["steps"]) for t in f if t["event"] == "trial"] for f in (one, other)]
		assert len(trials[0]) == 60 and trials[0][1:] == trials[1], trials
		for t in one:
		    if t["event"] == "trial":
		        assert len(t["forecast"]) == len(t["results"]) <= len(t["steps"]), t
		        assert all(r == f or f is None for r, f in zip(t["results"], t["forecast"])), t
		assert not [t for t in one if t["event"] == "difference"]
		s = one[-1]
		assert s["event"] == "summary" and s["trials"] == 60 and s["differ"] == 0 and s["answers"] > 60, s
	END
}

saved_answers_are_compared() {
	run rules --fuzz 80 --seed 9 --json
	cp "$tmp/run.out" "$tmp/saved"
	run rules --fuzz 80 --diff "$tmp/saved"
	is status "$status" 0
	has run.out '^80 trials, [0-9]* answers, 0 differ, [0-9]* skipped$'
	capture sh -c '"$1" rules --fuzz 80 --diff /dev/stdin <"$2"; cat "$2" | "$1" rules --fuzz 80 --diff /dev/stdin' - \
		"$REUSE" "$tmp/saved"
	is 'of a file and of a pipe' "$(count run.out '^80 trials, [0-9]* answers, 0 differ, ')" 2
	# What another system might have answered.
	sed '0,/"results":\["ok"/s//"results":["EACCES"/' "$tmp/saved" >"$tmp/other"
	run rules --fuzz 80 --diff "$tmp/other"
	is status "$status" 1
	has run.out "^reuse try '. bind "
	has run.out 'ok, there EACCES; met in 1 trial$'
	has run.out ' 1 differ, '
}

a_file_named_dash_is_standard_input() {
	"$REUSE" rules --fuzz 3 --seed 2147483645 --json >"$tmp/saved"
	# A file of that name is not what is meant.
	echo '{"event":"trial","seed":1,"steps":["a dance"],"results":[]}' >"$tmp/-"
	cd "$tmp" || fail "no folder"
	capture sh -c '"$1" rules --fuzz 3 --diff - <"$2"; cat "$2" | "$1" rules --fuzz 3 --diff -' - "$REUSE" "$tmp/saved"
	is 'of a file and of a pipe' "$(count run.out '^3 trials, [0-9]* answers, 0 differ, ')" 2
	# What was read of it before is not read again.
	{ echo before; cat "$tmp/saved"; } >"$tmp/more"
	capture sh -c '{ read -r _; "$1" rules --fuzz 3 --diff -; } <"$2"' - "$REUSE" "$tmp/more"
	is status "$status" 0
	has run.out '^3 trials, [0-9]* answers, 0 differ, '
	echo '{"event":"start","command":"why"}' >"$tmp/other"
	capture sh -c '"$1" rules --diff - <"$2"' - "$REUSE" "$tmp/other"
	is status "$status" 2
	has run.err "^reuse rules: file '-', line 1: the output of a command other than "
}

# A hundred kinds are told apart.
a_difference_that_was_not_looked_into_is_counted() {
	for n in $(seq 101); do
		echo '{"event":"trial","seed":1,"steps":["a bind 127.0.0.1:P","a listen '"$n"'"],"results":["ok","EACCES"]}'
	done >"$tmp/file"
	run rules --fuzz 101 --diff "$tmp/file"
	is status "$status" 1
	is "differences shown" "$(count run.out '^reuse try ')" 100
	has run.out '^1 more differ, not looked into$'
	head -n 100 "$tmp/file" >"$tmp/less"
	run rules --fuzz 100 --diff "$tmp/less"
	has run.out ' 100 differ, 0 skipped$'
	lacks run.out 'not looked into'
}

a_trial_of_another_user_is_skipped_and_counted() {
	[ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
	command -v setpriv >/dev/null || skip "setpriv is not installed"
	setpriv --reuid 65533 --regid 65533 --clear-groups "$REUSE" rules --fuzz 50 --seed 3 \
		>"$tmp/run.out" 2>"$tmp/run.err" || fail "status $?"
	silent run.err
	has run.out '^skipped: what needs a second user \(needs CAP_SETUID\)$'
	has run.out '^50 trials, [0-9]* answers, 0 differ, [1-9][0-9]* skipped$'
}

# _apart SETTING: 2000 trials in a network namespace of its own, set so; "up" alone changes nothing.
_apart() {
	beyond_posix "way to see that the other end has acknowledged a FIN"
	[ "$(uname)" = Linux ] || skip "its settings are Linux's"
	need network
	# shellcheck disable=SC2016,SC2086 # the inner shell's; several words
	capture $apart sh -c '[ "$2" = down ] || ip link set lo up
		[ -z "${3:-}" ] || echo "$3" >"/proc/sys/net/$2" || exit 77
		exec "$1" rules --fuzz 2000 --seed 1' - "$REUSE" "$@"
	[ "$status" -ne 77 ] || skip "net/$1 cannot be set"
	is "status ($(tail -n 9 "$tmp/run.out"))" "$status" 0
}

without_timestamps_no_time_wait_is_taken_over() { _apart ipv4/tcp_timestamps 0; }

without_room_for_time_waits_there_are_none() { _apart ipv4/tcp_max_tw_buckets 0; }

where_all_ipv6_sockets_begin_v6only_it_is_in_the_rule() { _apart ipv6/bindv6only 1; }

a_short_queue_is_in_the_rule() {
	began=$(date +%s)
	_apart core/somaxconn 0
	has run.out '^2000 trials, [1-9][0-9]* answers, 0 differ, [0-9]* skipped$'
	below seconds $(($(date +%s) - began)) 60
}

with_too_few_ports_or_descriptors_all_are_skipped() {
	_apart ipv4/ip_local_port_range "40000 40003"
	has run.out '^skipped: what needs more ephemeral ports$'
	has run.out '^2000 trials, 0 answers, 0 differ, 2000 skipped$'
	# shellcheck disable=SC2016,SC3045 # the inner shell's; dash and busybox have it
	capture sh -c 'ulimit -n 8; exec "$1" rules --fuzz 100 --seed 1' - "$REUSE"
	has run.out '^skipped: what needs more descriptors$'
	has run.out '^100 trials, 0 answers, 0 differ, 100 skipped$'
}

# It answers itself, which is not in the rule.
of_a_socket_that_connects_to_itself_nothing_is_forecast() {
	need python3
	echo '{"event":"trial","seed":1,"steps":["a bind 127.0.0.1:P","a connect 127.0.0.1:P"],"results":["ok","ECONNREFUSED"]}' >"$tmp/file"
	run rules --fuzz 1 --diff "$tmp/file" --json
	is status "$status" 0
	has run.out '"results":\["ok","ok"\],"forecast":\["ok",null\]'
}

without_a_loopback_all_are_skipped() {
	_apart down
	has run.out '^skipped: what needs the loopback interface, up'
	has run.out '^2000 trials, 0 answers, 0 differ, 2000 skipped$'
}

words_without_sense_are_refused() {
	run rules --seed 3
	is status "$status" 2
	run rules --fuzz 0
	is status "$status" 2
	run rules --fuzz 3 --seed 2147483646
	is status "$status" 2
	has run.err 'with --fuzz 3 the last one would be above 2147483647$'
	run rules --fuzz 5 --diff "$tmp/none"
	is status "$status" 1
	echo '{"event":"trial","steps":["a dance"],"results":[]}' >"$tmp/file"
	run rules --fuzz 5 --diff "$tmp/file"
	is status "$status" 2
	silent run.out
	has run.err "line 1: not a trial of "
}

keep_promises
