#!/bin/sh
# ctest: timeout=600 once
# What is installed, where, and that it goes away again.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/pack.sh
. "$lib/pack.sh"

everything_is_put_in_its_place_and_goes_away_again() {
	need cmake cc make
	mkdir "$tmp/top"
	_cmake -S "$SOURCE" -B "$tmp/build" -D BUILD_TESTING=OFF -D CMAKE_INSTALL_PREFIX=/opt/some/where \
		-D CMAKE_BUILD_TYPE=Debug
	_cmake --build "$tmp/build" -- -j 2
	DESTDIR=$tmp/top; export DESTDIR
	_cmake --install "$tmp/build"
	_files "$tmp/top" >"$tmp/seen"
	_wanted /opt/some/where listener connector >"$tmp/wanted"
	_same "what is installed"
	at=$tmp/top/opt/some/where
	for name in listener connector; do
		is "where $name leads" "$(readlink "$at/bin/$name")" reuse
	done
	is "links that lead nowhere" "$(find "$at" -type l ! -exec test -s {} \; -print)" ""
	capture "$at/bin/listener" --help
	is "status of the installed listener" "$status" 0
	for file in share/man/man1/reuse.1:man share/bash-completion/completions/reuse:bash \
		share/zsh/site-functions/_reuse:zsh share/fish/vendor_completions.d/reuse.fish:fish; do
		"$at/bin/reuse" help --as "${file#*:}" | cmp -s - "$at/${file%:*}" || fail "$file is not what the program says"
	done

	: >"$at/bin/neighbour"
	_cmake --build "$tmp/build" --target uninstall
	is "what is left" "$(_files "$tmp/top")" /opt/some/where/bin/neighbour
	_cmake --build "$tmp/build" --target uninstall # once more does no harm
}

without_its_links_the_program_alone_is_installed() {
	need cmake cc make
	_cmake -S "$SOURCE" -B "$tmp/build" -D BUILD_TESTING=OFF -D REUSE_LINKS=OFF -D REUSE_HOST="$REUSE" \
		-D CMAKE_INSTALL_PREFIX=/usr
	_cmake --build "$tmp/build" --target docs -- -j 2
	_cmake --build "$tmp/build" --target reuse -- -j 2
	DESTDIR=$tmp/top; export DESTDIR
	_cmake --install "$tmp/build"
	_files "$tmp/top" >"$tmp/seen"
	_wanted /usr >"$tmp/wanted"
	_same "what is installed"
	"$REUSE" help --as man why | cmp -s - "$tmp/top/usr/share/man/man1/reuse-why.1" ||
		fail "reuse-why.1 is not what the program says that REUSE_HOST names"
}

what_cannot_be_installed_has_a_clear_line() {
	need cmake cc make
	_cmake -S "$SOURCE" -B "$tmp/build" -D BUILD_TESTING=OFF -D CMAKE_INSTALL_PREFIX="$tmp/fixed/usr"
	capture cmake --install "$tmp/build"
	[ "$status" != 0 ] || fail "what is not built is installed"
	has run.err "cmake --build $tmp/build"
	# Root may write everywhere.
	as=
	[ "$(id -u)" != 0 ] || { need setpriv; as="setpriv --reuid 65534 --regid 65534 --clear-groups"; }
	mkdir "$tmp/fixed"
	cp "$SOURCE/cmake/Installable.cmake" "$tmp/fixed"
	chmod 755 "$tmp"
	chmod -R a=rX "$tmp/fixed"
	# shellcheck disable=SC2086 # several words
	capture $as cmake -D built="$tmp/fixed" -D build=out -D CMAKE_INSTALL_PREFIX="$tmp/fixed/usr" \
		-P "$tmp/fixed/Installable.cmake"
	[ "$status" != 0 ] || fail "something was installed where nothing may be written"
	has run.err "sudo cmake --install"
	has run.err "cmake --install out --prefix $HOME/.local"
	chmod -R u+w "$tmp/fixed"
}

under_another_name_it_calls_itself_so() {
	need cmake cc make
	_cmake -S "$SOURCE" -B "$tmp/build" -D REUSE_NAME=tcp-reuse -D CMAKE_INSTALL_PREFIX=/usr -D CMAKE_BUILD_TYPE=Debug
	_cmake --build "$tmp/build" -- -j 2
	DESTDIR=$tmp/top; export DESTDIR
	_cmake --install "$tmp/build"
	_files "$tmp/top" >"$tmp/seen"
	called=tcp-reuse
	_wanted /usr listener connector >"$tmp/wanted"
	_same "what is installed"
	named=$tmp/top/usr/bin/tcp-reuse
	is version "$("$named" -V)" "tcp-$("$REUSE" -V)"
	capture "$named" why 8080x
	has run.err "^tcp-reuse why: port '8080x': "
	for page in '' sharing errors json why; do
		"$named" help ${page:+"$page"} >>"$tmp/said.out"
	done
	"$named" experiment 1 >>"$tmp/said.out" || :
	lacks said.out "(^|[^-])\\breuse [a-z]"
	has said.out "1\\$ tcp-reuse listen "
}

keep_promises
