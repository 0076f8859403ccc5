#!/bin/sh
# Each sentence that `reuse why` can say was said in its tests, which leave what they heard in the folder $SAID; lists those
# that were not (tests/lib/sentences.py). Skipped where these tests have not run, all of them, with this program, and where
# one is missing that a situation would say which could not be made here.
set -eu
command -v python3 >/dev/null || { echo "skip: python3 is not installed"; exit 77; }
[ "$REUSE_OS" = Linux ] || { echo "skip: sentences about Linux are not said here"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skip: many situations are made by root only"; exit 77; }
for name in cli.why cli.why.holders cli.why.situations; do
	[ -n "$(find "$SAID" -name "$name" -size +0 -newer "$REUSE")" ] || { echo "skip: $name has not run with this program"; exit 77; }
done
status=0
python3 -B "$SOURCE/tests/lib/sentences.py" "$SOURCE" "$SAID" || status=1
unmade=$(sed -n 's/^skipped: //p' "$SAID/cli.why.situations" | tr '\n' ' ')
[ $status -eq 0 ] || [ -z "$unmade" ] || { echo "skip: situations that cannot be made here: $unmade"; exit 77; }
exit $status
