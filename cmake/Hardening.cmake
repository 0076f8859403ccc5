# What compiler and linker offer against mistakes that this code may still have. Each is asked for
# first; HARDENED lists what was found, for the test that looks at the binary.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

set(HARDENED)

# hardened_compile(NAME FLAG): compile with FLAG where the compiler takes it.
function(hardened_compile name flag)
	set(CMAKE_REQUIRED_FLAGS -Werror)
	check_c_compiler_flag(${flag} HARDENED_${name})
	if(HARDENED_${name})
		target_compile_options(reuse_flags INTERFACE ${flag})
		set(HARDENED ${HARDENED} ${name} PARENT_SCOPE)
	endif()
endfunction()

# hardened_link(NAME FLAG): link with FLAG where the linker takes it.
function(hardened_link name flag)
	set(CMAKE_REQUIRED_LINK_OPTIONS ${flag})
	check_c_source_compiles("int main(void) { return 0; }" HARDENED_${name})
	if(HARDENED_${name})
		target_link_options(reuse_flags INTERFACE ${flag})
		set(HARDENED ${HARDENED} ${name} PARENT_SCOPE)
	endif()
endfunction()

hardened_compile(canary -fstack-protector-strong)
hardened_compile(clash -fstack-clash-protection)
hardened_compile(cet -fcf-protection=full)               # x86
hardened_compile(bti -mbranch-protection=standard)       # arm64
hardened_link(relro "LINKER:-z,relro")
hardened_link(now "LINKER:-z,now")
hardened_link(noexecstack "LINKER:-z,noexecstack")

# A program that may lie anywhere. With -static it cannot: gcc takes -static-pie beside it, and what
# comes out does not run.
if(NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
	set(CMAKE_REQUIRED_FLAGS -fPIE)
	set(CMAKE_REQUIRED_LINK_OPTIONS -pie)
	check_c_source_compiles("int main(void) { return 0; }" HARDENED_pie)
	unset(CMAKE_REQUIRED_FLAGS)
	unset(CMAKE_REQUIRED_LINK_OPTIONS)
	if(HARDENED_pie)
		target_compile_options(reuse_flags INTERFACE -fPIE)
		target_link_options(reuse_flags INTERFACE -pie)
		list(APPEND HARDENED pie)
	endif()
endif()

# glibc checks lengths where the compiler optimises and knows them; other libcs take no notice. Not
# beside sanitizers, which check more.
if(NOT INSTRUMENTED)
	foreach(level 3 2)
		set(CMAKE_REQUIRED_FLAGS "-O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level}")
		check_c_source_compiles("#include <string.h>
			int main(int n, char **words) { char a[9]; memcpy(a, words[0], (size_t)n); return a[0]; }"
			HARDENED_fortify${level})
		if(HARDENED_fortify${level})
			set(fortify $<NOT:$<CONFIG:Debug>>)
			target_compile_options(reuse_flags INTERFACE
				$<${fortify}:-U_FORTIFY_SOURCE> $<${fortify}:-D_FORTIFY_SOURCE=${level}>)
			list(APPEND HARDENED fortify)
			break()
		endif()
	endforeach()
	unset(CMAKE_REQUIRED_FLAGS)
endif()
string(REPLACE ";" " " hardened "${HARDENED}")
message(STATUS "Hardened by: ${hardened}")
