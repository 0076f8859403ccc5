#!/bin/sh
# Compiles and links all of the tree, its tests too, for systems that are not at hand; a warning is an
# error. The compiler is `zig cc`, which brings their headers and says what their libraries hold.
#
# cmake/systems.sh [FOLDER [TARGET...]]: in FOLDER (build-systems). Status 77 where zig cannot be had.
set -eu
version=0.17.1
top=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$top/build-systems}
[ $# -eq 0 ] || shift
# NetBSD: of libc 10 zig knows no kevent.
[ $# -gt 0 ] || set -- x86_64-macos aarch64-macos x86_64-freebsd x86_64-netbsd.11.0 x86_64-openbsd

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
python=$folder/python/bin/python3
if ! "$python" -m ziglang version 2>/dev/null | grep -qx "$version"; then
	if ! python3 -m venv "$folder/python" >"$folder/zig.log" 2>&1 ||
		! "$python" -m pip install -q "ziglang==$version" >>"$folder/zig.log" 2>&1; then
		tail -n 3 "$folder/zig.log"
		echo "skip: no package ziglang $version here: nothing was compiled for $*"
		exit 77
	fi
fi
zig=$("$python" -c 'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))')
# What it makes of their libraries stays with it.
export ZIG_GLOBAL_CACHE_DIR="$folder/cache" ZIG_LOCAL_CACHE_DIR="$folder/cache"

# system TARGET: as CMake calls it.
system() {
	case $1 in
	*-macos*) echo Darwin ;;
	*-freebsd*) echo FreeBSD ;;
	*-netbsd*) echo NetBSD ;;
	*-openbsd*) echo OpenBSD ;;
	*) echo "$1: no system of ours" >&2; return 1 ;;
	esac
}

for target; do
	build=$folder/$target
	mkdir -p "$build"
	printf '#!/bin/sh\nexec "%s" cc -target %s "$@"\n' "$zig" "$target" >"$build/cc"
	chmod 755 "$build/cc"
	cmake -S "$top" -B "$build" -DCMAKE_SYSTEM_NAME="$(system "$target")" -DCMAKE_SYSTEM_PROCESSOR="${target%%-*}" \
		-DCMAKE_C_COMPILER="$build/cc" -DREUSE_WERROR=ON >"$build/configure.log" 2>&1 ||
		{ tail -n 20 "$build/configure.log"; exit 1; }
	make -s -C "$build" -j "$(getconf _NPROCESSORS_ONLN)" >"$build/make.log" 2>&1 ||
		{ grep -E 'error:|undefined' "$build/make.log" | head -n 40; echo "$target: does not build"; exit 1; }
	[ -s "$build/reuse" ] || { echo "$target: no program"; exit 1; }
	echo "$target: compiled and linked; has $(sed -n 's/^#define HAVE_\([A-Z0-9_]*\) 1$/\1/p' "$build/config.h" | tr '\n' ' ')"
done
