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
	# What another system might have answered.
	sed '0,/"results":\["ok"/s//"results":["EACCES"/' "$tmp/saved" >"$tmp/other"
	run rules --fuzz 80 --diff "$tmp/other"
	is status "$status" 1
	has run.out "^reuse try '. bind "
	has run.out 'ok, there EACCES; met in 1 trial$'
	has run.out ' 1 differ, '
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

words_without_sense_are_refused() {
	run rules --seed 3
	is status "$status" 2
	run rules --fuzz 0
	is status "$status" 2
	run rules --fuzz 5 --diff "$tmp/none"
	is status "$status" 1
	echo '{"event":"trial","steps":["a dance"],"results":[]}' >"$tmp/file"
	run rules --fuzz 5 --diff "$tmp/file"
	is status "$status" 2
	silent run.out
	has run.err "line 1: not a trial of "
}

keep_promises
