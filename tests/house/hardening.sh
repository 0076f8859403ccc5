#!/bin/sh
# The binary has what compiler and linker offer: HARDENED lists what CMake found (cmake/Hardening.cmake).
# shellcheck disable=SC2317 # called by name
set -eu
command -v readelf >/dev/null || { echo "skip: readelf is not installed"; exit 77; }
readelf -h "$REUSE" >/dev/null 2>&1 || { echo "skip: not an ELF binary"; exit 77; }
broken=0

# shows WHAT PATTERN: readelf says so.
shows() { readelf -W "$1" "$REUSE" | grep -Eq -e "$2"; }
has_bytes() { LC_ALL=C grep -aqP "$1" "$REUSE"; }

relro() { shows -l '^ *GNU_RELRO '; }
now() { shows -d 'BIND_NOW|Flags:.*NOW' || ! shows -d '\((NEEDED|JMPREL)\)'; }
noexecstack() { shows -l '^ *GNU_STACK .* RW +0x' && ! shows -l '^ *GNU_STACK .* RWE '; }
pie() { shows -h 'Type: *DYN'; }
canary() { shows -s '__stack_chk_(fail|guard)'; }
# The lengths are checked by glibc's functions: musl has none.
fortify() { shows -s '__(vsn|sn|vf|f)?printf_chk|__mem[a-z]*_chk' || ! shows -s '@GLIBC'; }
# Where a jump may land, said by a no-operation: endbr64, bti c or paciasp.
cet() { has_bytes '\xf3\x0f\x1e\xfa'; }
bti() { has_bytes '\x5f\x24\x03\xd5|\x3f\x23\x03\xd5'; }
# A frame of more than a page is begun page by page: in the code alone, as nothing has a name for it. Not
# looked for on other machines than x86-64.
clash() {
	! shows -h 'X86-64' || ! command -v objdump >/dev/null ||
		objdump -d --no-show-raw-insn "$REUSE" | grep -Eq 'sub +\$0x1000,%rsp'
}

for name in $HARDENED; do
	if "$name"; then
		echo "ok   $name"
	else
		echo "FAIL $name"
		broken=1
	fi
done
for must in relro now noexecstack; do
	case " $HARDENED " in
	*" $must "*) ;;
	*) echo "FAIL the linker has no $must"; broken=1 ;;
	esac
done
# No segment is both written and executed.
if readelf -lW "$REUSE" | grep -E '^ *LOAD .* RWE '; then broken=1; fi
exit $broken
