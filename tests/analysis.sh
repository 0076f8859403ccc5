#!/bin/sh
# Static analysis of src and of the tests in C: gcc -fanalyzer, clang-tidy (.clang-tidy says what for),
# cppcheck (tests/cppcheck.txt). Prints what they find: analysis.sh BUILD
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=$1
jobs=$(nproc)
status=0
cd "$source"

echo "gcc -fanalyzer"
cmake -C cmake/preset/analyzer.cmake -S . -B "$build" >/dev/null
make -s -k -C "$build" -j "$jobs" >"$build/analyzer.log" 2>&1 || { cat "$build/analyzer.log"; status=1; }

echo "clang-tidy"
mkdir -p "$build/tidy"
sed 's, -fanalyzer -Wno-analyzer-malloc-leak,,g' "$build/compile_commands.json" >"$build/tidy/compile_commands.json"
sed -n 's/^ *"file": "\(.*\)",*$/\1/p' "$build/tidy/compile_commands.json" | sort -u |
	xargs -P "$jobs" -n 1 clang-tidy -p "$build/tidy" --quiet 2>"$build/tidy.log" || status=1

# One thread a process: .clang-tidy counts on it.
if grep -rnE '\b(pthread_create|thrd_create)\b|<(pthread|threads)\.h>' src; then status=1; fi

echo "cppcheck"
cppcheck --quiet --error-exitcode=1 --enable=warning,style,performance,portability --inconclusive \
	--std=c11 --language=c -j "$jobs" --suppressions-list=tests/cppcheck.txt \
	-I src -I "$build" -I . src tests || status=1
exit "$status"
