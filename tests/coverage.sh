#!/bin/sh
# Builds with cmake/preset/coverage.cmake, runs the tests, and prints which part of the lines of each room
# they have run: coverage.sh BUILD [WORD-FOR-CTEST...]. `coverage.py BUILD FILE` names those that did not.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=$1
shift
cmake -C "$source/cmake/preset/coverage.cmake" -S "$source" -B "$build" >/dev/null
make -s -C "$build" -j "$(nproc)"
# Some tests run the program as another user, who has to be able to write the counts.
find "$build" -name '*.gcno' | sed 's/gcno$/gcda/' | while read -r counts; do
	: >"$counts"
	chmod 666 "$counts"
done
status=0
(cd "$build" && ctest --output-on-failure -j "$(nproc)" "$@") || status=$?
# A file of tables alone has no counts.
find "$build" -name '*.gcda' -size 0 -delete
python3 "$source/tests/coverage.py" "$build"
exit "$status"
