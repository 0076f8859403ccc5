#!/bin/sh
# What is installed, where, and that it goes away again; what the packages hold.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

: "${SOURCE:=$(cd "$cli/../.." && pwd)}"
tree=${REUSE_BARE_TREE:-} # the top of a Debian without compilers, to install in; see the last promise

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
	timeout 100 cmake "$@" >"$tmp/cmake.out" 2>&1 || status=$?
	is "status of cmake $*" "$status" 0
}

everything_is_put_in_its_place_and_goes_away_again() {
	need cmake cc make
	mkdir "$tmp/top"
	_cmake -S "$SOURCE" -B "$tmp/build" -D BUILD_TESTING=OFF -D CMAKE_INSTALL_PREFIX=/opt/some/where \
		-D CMAKE_BUILD_TYPE=Debug
	_cmake --build "$tmp/build" -- -j 2
	DESTDIR=$tmp/top; export DESTDIR
	_cmake --install "$tmp/build"
	_files "$tmp/top" >"$tmp/seen"
	_wanted /opt/some/where >"$tmp/wanted"
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

# _pack: the packages, in $tmp/package; the program there is static and runs anywhere.
_pack() {
	need cmake make musl-gcc
	_cmake -C "$SOURCE/cmake/preset/package.cmake" -S "$SOURCE" -B "$tmp/package"
	_cmake --build "$tmp/package" -- -j 2
	_cmake --build "$tmp/package" --target package
}

the_packages_hold_the_static_program_and_all_else() {
	_pack
	mkdir "$tmp/tar" "$tmp/deb"
	tar -xzf "$tmp"/package/reuse-*.tar.gz -C "$tmp/tar" || fail "tar cannot read its package"
	top=$(ls "$tmp/tar")
	like "the folder in the .tar.gz" "$top" '^reuse-[0-9.]+-linux-[a-z0-9_]+$'
	_files "$tmp/tar" >"$tmp/seen"
	_wanted "/$top" >"$tmp/wanted"
	_same "the .tar.gz"
	capture env -i "$tmp/tar/$top/bin/reuse" --version
	is version "$(cat "$tmp/run.out")" "$("$REUSE" --version)"
	# No interpreter to load it: a static program has no PT_INTERP.
	! grep -aq 'ld-linux\|ld-musl' "$tmp/tar/$top/bin/reuse" || fail "the program in the package is not static"

	need dpkg-deb
	dpkg-deb -x "$tmp"/package/reuse_*.deb "$tmp/deb" || fail "dpkg-deb cannot read its package"
	_files "$tmp/deb" >"$tmp/seen"
	_wanted /usr >"$tmp/wanted"
	_same "the .deb"
	dpkg-deb -f "$tmp"/package/reuse_*.deb >"$tmp/fields.out"
	has fields.out '^Package: reuse$'
	has fields.out "^Version: $("$REUSE" --version | sed 's/reuse //')\$"
	lacks fields.out '^Depends:'
	dpkg-deb -c "$tmp"/package/reuse_*.deb >"$tmp/content.out"
	has content.out '^-rwxr-xr-x root/root .* \./usr/bin/reuse$'
	has content.out '^-rw-r--r-- root/root .* \./usr/share/man/man1/reuse\.1$'
}

# With REUSE_BARE_TREE: the top of a tree such as debootstrap makes. It is left as it was: what is written
# goes to a layer in memory that is dropped.
a_bare_debian_runs_both() {
	[ "$tree" ] || skip "REUSE_BARE_TREE names no tree to install in"
	[ "$(id -u)" = 0 ] || skip "only root can mount and chroot"
	need unshare chroot dpkg-deb
	_pack
	cat >"$tmp/inside" <<-'END'
		set -e
		dpkg -i /tmp/reuse_*.deb
		mkdir /tmp/tar
		tar -xzf /tmp/reuse-*.tar.gz -C /tmp/tar
		for reuse in /usr/bin/reuse /tmp/tar/*/bin/reuse; do
			$reuse --version
			$reuse help >/dev/null
			timeout 20 $reuse listen 3000 127.0.0.1 >/tmp/said &
			i=0
			until grep -q '^listening' /tmp/said || [ $i = 400 ]; do i=$((i + 1)); sleep 0.025; done
			$reuse connect 127.0.0.1 3001 127.0.0.1 3000 --count 2 --interval 0
			kill %1 && wait %1
			grep '^1 connections\|^1 connection' /tmp/said
		done
		test -e /usr/share/man/man1/reuse-listen.1
		dpkg -r reuse
		test ! -e /usr/bin/reuse
	END
	mkdir "$tmp/layer"
	status=0
	# shellcheck disable=SC2016 # the inner shell expands it
	timeout 110 unshare -mn sh -ec '
		mount -t tmpfs none "$2/layer"
		mkdir "$2/layer/up" "$2/layer/work" "$2/layer/top"
		mount -t overlay none -o "lowerdir=$1,upperdir=$2/layer/up,workdir=$2/layer/work" "$2/layer/top"
		cp "$2"/package/reuse[-_]*.deb "$2"/package/reuse-*.tar.gz "$2/layer/top/tmp"
		cp "$2/inside" "$2/layer/top/tmp"
		ip link set lo up
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$2/layer/top" sh /tmp/inside
	' sh "$tree" "$tmp" >"$tmp/bare.out" 2>"$tmp/bare.err" || status=$?
	is "status in the bare tree" "$status" 0
	is "versions told" "$(count bare.out '^reuse [0-9.]+$')" 2
	is "echoes" "$(count bare.out '^2 sent, 2 echoed, 0% lost')" 2
}

keep_promises
