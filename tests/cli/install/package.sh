#!/bin/sh
# ctest: timeout=600 once
# What the packages hold.
# shellcheck disable=SC2031,SC2317 # promises are called by name, each in a subshell
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/../../lib/lib.sh"
# shellcheck source=tests/lib/pack.sh
. "$lib/pack.sh"

the_packages_hold_the_static_program_and_all_else() {
	_pack
	mkdir "$tmp/tar" "$tmp/deb"
	tar -xzf "$tmp"/package/reuse-*.tar.gz -C "$tmp/tar" || fail "tar cannot read its package"
	top=$(ls "$tmp/tar")
	like "the folder in the .tar.gz" "$top" '^reuse-[0-9.]+-linux-[a-z0-9_]+$'
	_files "$tmp/tar" >"$tmp/seen"
	_packed "/$top" >"$tmp/wanted"
	_same "the .tar.gz"
	capture env -i "$tmp/tar/$top/bin/reuse" --version
	is version "$(cat "$tmp/run.out")" "$("$REUSE" --version)"
	# No interpreter to load it: a static program has no PT_INTERP.
	! grep -aq 'ld-linux\|ld-musl' "$tmp/tar/$top/bin/reuse" || fail "the program in the package is not static"

	has "tar/$top/share/doc/reuse-tcp/examples/reuse.service" '^ExecStart=/usr/local/bin/reuse listen '

	need dpkg-deb
	dpkg-deb -x "$tmp"/package/reuse-tcp_*.deb "$tmp/deb" || fail "dpkg-deb cannot read its package"
	_files "$tmp/deb" >"$tmp/seen"
	_packed /usr >"$tmp/wanted"
	_same "the .deb"
	dpkg-deb -f "$tmp"/package/reuse-tcp_*.deb >"$tmp/fields.out"
	has fields.out '^Package: reuse-tcp$'
	has fields.out '^Conflicts: reuse$'
	has fields.out "^Version: $("$REUSE" --version | sed 's/reuse //')\$"
	lacks fields.out '^Depends:'
	has deb/usr/share/doc/reuse-tcp/examples/reuse.service '^ExecStart=/usr/bin/reuse listen '
	dpkg-deb -c "$tmp"/package/reuse-tcp_*.deb >"$tmp/content.out"
	has content.out '^-rwxr-xr-x root/root .* \./usr/bin/reuse$'
	has content.out '^-rw-r--r-- root/root .* \./usr/share/man/man1/reuse\.1\.gz$'
}

lintian_finds_nothing() {
	need lintian
	_pack
	status=0
	timeout 200 lintian --allow-root "$tmp"/package/reuse-tcp_*.deb >"$tmp/run.out" 2>&1 || status=$?
	is "status of lintian" "$status" 0
	silent run.out
}

packages_built_in_two_folders_are_the_same_to_the_bit() {
	SOURCE_DATE_EPOCH=1795000000; export SOURCE_DATE_EPOCH
	_pack
	mkdir -p "$tmp/other"
	(cd "$SOURCE" && cp -R CMakeLists.txt README.md cmake src "$tmp/other")
	SOURCE=$tmp/other
	_pack "$tmp/other/out"
	for file in "$tmp"/package/reuse-*.tar.gz "$tmp"/package/reuse-tcp[_-]*; do
		cmp "$file" "$tmp/other/out/${file##*/}" >"$tmp/difference.out" 2>&1 || fail "${file##*/} differs"
	done
}

packages_for_another_processor_are_named_after_it() {
	need aarch64-linux-gnu-gcc cmake make dpkg-deb
	_cmake -C "$SOURCE/cmake/preset/aarch64.cmake" -S "$SOURCE" -B "$tmp/arm" -D REUSE_HOST="$REUSE" -D BUILD_TESTING=OFF
	_cmake --build "$tmp/arm" -- -j 2
	_cmake --build "$tmp/arm" --target package
	dpkg-deb -f "$tmp"/arm/reuse-tcp_*_arm64.deb >"$tmp/fields.out"
	has fields.out '^Architecture: arm64$'
	has fields.out '^Depends: libc6$'
	dpkg-deb -c "$tmp"/arm/reuse-tcp_*_arm64.deb >"$tmp/content.out"
	has content.out ' \./usr/share/man/man1/reuse-why\.1\.gz$'
}

keep_promises
