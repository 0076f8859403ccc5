#!/bin/sh
# Helpers of the tests that build, install and pack; sourced behind lib.sh.
# shellcheck shell=sh disable=SC2154 # lib.sh sets tmp

# _wanted PREFIX [LINK...]: what an installation consists of; of a program that is called $called.
_wanted() {
	prefix=$1; shift
	for name in "${called:=reuse}" "$@"; do
		echo "$prefix/bin/$name"
		echo "$prefix/share/man/man1/$name.1"
		echo "$prefix/share/bash-completion/completions/$name"
		echo "$prefix/share/fish/vendor_completions.d/$name.fish"
	done
	"$REUSE" help --as names | sed "s,.*,$prefix/share/man/man1/$called-&.1,"
	"$REUSE" help | sed -n "/^topics:/,/^\$/s,^  \([a-z]*\) .*,$prefix/share/man/man7/$called-\1.7,p"
	echo "$prefix/share/zsh/site-functions/_$called"
	echo "$prefix/share/doc/reuse-tcp/changelog"
	echo "$prefix/share/doc/reuse-tcp/copyright"
	echo "$prefix/share/doc/reuse-tcp/examples/reuse.service"
	echo "$prefix/share/doc/reuse-tcp/examples/reuse.socket"
}

# _packed PREFIX: the same in a package with the static program, whose pages are compressed.
_packed() {
	_wanted "$1" listener connector | sed 's,/man[17]/.*,&.gz,; s,/changelog$,&.gz,'
	echo "$1/share/lintian/overrides/reuse-tcp"
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

# _pack [FOLDER]: the packages, in FOLDER ($tmp/package); the program there is static and runs anywhere.
_pack() {
	need cmake make musl-gcc
	_cmake -C "$SOURCE/cmake/preset/package.cmake" -S "$SOURCE" -B "${1:-$tmp/package}"
	_cmake --build "${1:-$tmp/package}" -- -j 2
	_cmake --build "${1:-$tmp/package}" --target package
}
