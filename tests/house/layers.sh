#!/bin/sh
# A line of code knows its room: who may include whom, by folder. Prints each trespass.
set -eu
cd "${SOURCE:-$(dirname "$0")/..}/src"

# allowed FILE: a pattern of the headers that FILE may include.
allowed() {
	case $1 in
	main.c) echo 'cli/.*' ;;
	clock.*) echo 'clock\.h' ;;
	cli/*) echo 'cli/.*|clock\.h|commands\.def|config\.h' ;;
	words/*) echo '(words|cli|tcp)/.*|os/(holder|process)\.h|clock\.h|config\.h' ;;
	tcp/*) echo 'tcp/.*|clock\.h|config\.h' ;;
	os/*) echo 'os/.*|tcp/(addr|option|fault)\.h|clock\.h|config\.h' ;;
	diagnosis/*) echo '(diagnosis|tcp|os)/.*|words/(errors|who)\.h|cli/text\.h|clock\.h|config\.h' ;;
	answer/*) echo '(answer|words|diagnosis|cli|tcp|os)/.*|clock\.h|config\.h' ;;
	cmd/*)
		room=${1#cmd/}
		echo "cmd/${room%%/*}/.*|(words|answer|diagnosis|cli|tcp|os)/.*|clock\.h|config\.h"
		;;
	*) echo 'no room' ;;
	esac
}

trespasses=$(find . -name '*.[ch]' | sed 's,^\./,,' | sort | while read -r file; do
	sed -n 's/^#include "\(.*\)"$/\1/p' "$file" | grep -Evx "$(allowed "$file")" |
		sed "s,^,src/$file includes ,"
	grep -nE '__linux__|__APPLE__|__FreeBSD__' "$file" | sed "s,^,src/$file asks which system: line ,"
	case $file in
	tcp/option.c) ;;
	*) grep -nE '^#.*(defined|ifn?def) *\(?SO_' "$file" | sed "s,^,src/$file asks for an option: line ," ;;
	esac
	case $file in
	tcp/* | os/*) grep -nE '\b(printf|puts|putchar|perror|exit|fprintf)\(' "$file" |
		sed "s,^,src/$file prints or exits: line ," ;;
	esac
done)
[ -z "$trespasses" ] || { echo "$trespasses"; exit 1; }
