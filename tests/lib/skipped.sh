#!/bin/sh
# What a run of ctest skipped, by reason: skipped.sh LOG, where LOG is Testing/Temporary/LastTest.log. ctest calls
# it at the end of each run (cmake/CTestCustom.in). Where REUSE_SKIPS names a file like .ci/skips, a skip that it
# does not list is status 1.
set -eu
if [ "${REUSE_SKIPS:-}" ] && [ ! -r "$REUSE_SKIPS" ]; then
	echo "skipped.sh: cannot read $REUSE_SKIPS" >&2
	exit 1
fi
awk -v list="${REUSE_SKIPS:-}" '
	BEGIN {
		while (list != "" && (getline row < list) > 0)
			if (row !~ /^#/ && split(row, part, " [|] ") == 3) {
				allowed_test[++rows] = "^(" part[1] ")$"
				allowed_reason[rows] = "^(" part[2] ")$"
			}
	}
	/^[0-9]+\/[0-9]+ Test: / { test = $3 }
	/^skip[ :]/ {
		promise = substr($0, 5, index($0, ":") - 5)
		sub(/^ /, "", promise)
		reason = substr($0, index($0, ":") + 2)
		if (seen[test, promise, reason]++)
			next
		if (!(reason in count))
			order[++reasons] = reason
		count[reason]++
		if (!((reason, test) in named)) {
			named[reason, test] = 1
			tests[reason] = tests[reason] " " test
		}
		for (i = 1; i <= rows; i++)
			if (test ~ allowed_test[i] && reason ~ allowed_reason[i])
				next
		wrong[++wrongs] = test (promise == "" ? "" : ", " promise) ": " reason
	}
	END {
		if (reasons > 0)
			print "\nSkipped, and why:"
		for (i = 1; i <= reasons; i++)
			printf "%5d  %s (%s)\n", count[order[i]], order[i], substr(tests[order[i]], 2)
		if (list == "" || wrongs == 0)
			exit
		print "\nSkipped, though " list " does not allow it here:"
		for (i = 1; i <= wrongs; i++)
			print "       " wrong[i]
		exit 1
	}' "$1"
