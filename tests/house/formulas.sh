#!/bin/sh
# The recipes of other packagers are well formed, and of this version.
set -eu
recipes=$SOURCE/cmake/packaging
version=$(sed -n 's/^project(reuse VERSION \([0-9.]*\).*/\1/p' "$SOURCE/CMakeLists.txt")
for recipe in homebrew/reuse-tcp.rb alpine/APKBUILD nix/default.nix; do
	grep -Fq "$version" "$recipes/$recipe" || { echo "FAIL: $recipe is not of version $version"; exit 1; }
done
sh -n "$recipes/alpine/APKBUILD"
checked="sh"
# lint PROGRAM WORD...: where it is installed.
lint() {
	command -v "$1" >/dev/null || { echo "note: $1 is not installed"; return; }
	"$@" >/dev/null || { echo "FAIL: $*"; exit 1; }
	checked="$checked $1"
}
lint shellcheck -S warning "$recipes/alpine/APKBUILD"
lint ruby -c "$recipes/homebrew/reuse-tcp.rb"
# A store of its own: the system's may be another user's.
nix=$(mktemp -d)
trap 'rm -rf "$nix"' EXIT
export HOME="$nix" NIX_STATE_DIR="$nix/state" NIX_STORE_DIR="$nix/store" NIX_LOG_DIR="$nix/log"
lint nix-instantiate --parse "$recipes/nix/default.nix"
echo "checked by $checked"
