#!/bin/sh
# Helpers of the tests that build, install and pack; sourced behind lib.sh.
# shellcheck shell=sh disable=SC2154 # lib.sh sets tmp and cli


# _wanted PREFIX: what an installation consists of.
_wanted() {
	for name in reuse listener connector; do
		echo "$1/bin/$name"
		echo "$1/share/man/man1/$name.1"
		echo "$1/share/bash-completion/completions/$name"
		echo "$1/share/fish/vendor_completions.d/$name.fish"
	done
	"$REUSE" help --as names | sed "s,.*,$1/share/man/man1/reuse-&.1,"
	echo "$1/share/zsh/site-functions/_reuse"
}

# _files FOLDER: all that is no folder there, sorted.
_files() { (cd "$1" && find . ! -type d) | sed 's,^\.,,' | LC_ALL=C sort; }

# _same WHAT: $tmp/seen is $tmp/wanted.
_same() {
	LC_ALL=C sort "$tmp/wanted" | diff - "$tmp/seen" >"$tmp/difference.out" || fail "$1 differs from what is wanted"
}

# _cmake ARGUMENT...: must succeed.
_cmake() {
	status=0
	timeout 300 cmake "$@" >"$tmp/cmake.out" 2>&1 || status=$?
	is "status of cmake $*" "$status" 0
}

# _pack: the packages, in $tmp/package; the program there is static and runs anywhere.
_pack() {
	need cmake make musl-gcc
	_cmake -C "$SOURCE/cmake/preset/package.cmake" -S "$SOURCE" -B "$tmp/package"
	_cmake --build "$tmp/package" -- -j 2
	_cmake --build "$tmp/package" --target package
}
