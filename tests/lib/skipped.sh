#!/bin/sh
# What a run of ctest skipped, by reason: skipped.sh LOG, where LOG is Testing/Temporary/LastTest.log. ctest calls
# it at the end of each run (cmake/CTestCustom.in).
set -eu
awk '
	/^[0-9]+\/[0-9]+ Test: / { test = $3 }
	/^skip[ :]/ {
		promise = $1 == "skip:" ? "" : $2
		sub(/:$/, "", promise)
		reason = $0
		sub(/^skip: |^skip [^ ]*: /, "", reason)
		if (seen[test, promise, reason]++)
			next
		if (!(reason in count))
			order[++reasons] = reason
		count[reason]++
		if (!((reason, test) in named)) {
			named[reason, test] = 1
			tests[reason] = tests[reason] " " test
		}
	}
	END {
		if (reasons > 0)
			print "\nSkipped, and why:"
		for (i = 1; i <= reasons; i++)
			printf "%5d  %s (%s)\n", count[order[i]], order[i], substr(tests[order[i]], 2)
	}' "$1"
