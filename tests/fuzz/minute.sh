#!/bin/sh
# Fuzzes each target of a build made with cmake/preset/fuzz.cmake, a minute in all: minute.sh BUILD
# [SECONDS]. An input that breaks a target is left in BUILD, and named on the last lines.
set -eu
build=$1 seconds=${2:-60}
corpus=$(cd "$(dirname "$0")" && pwd)/corpus
cd "$build"
targets=$(find . -type f -name 'fuzz_*' -perm -u+x | sort)
[ -n "$targets" ] || { echo "no fuzz_* in $build: see cmake/preset/fuzz.cmake"; exit 1; }
each=$((seconds / $(echo "$targets" | wc -l)))
status=0
for target in $targets; do
	name=${target##*/fuzz_}
	mkdir -p "found/$name"
	if "$target" -max_total_time="$each" -max_len=4096 -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$name-" "found/$name" "$corpus/$name" >"$name.log" 2>&1; then
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$name.log") inputs"
	else
		status=1
		tail -n 40 "$name.log"
	fi
done
exit $status
