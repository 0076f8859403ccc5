# How a test is declared. Labels: unit cli interop house fuzz fault.
#
# A script hears of the program through the environment: REUSE is the path of the binary
# just built, SOURCE the top of the source tree, REUSE_OS what it was built for. Its status 77 means skipped.

# What a script calls: the program, or that of another machine by way of its emulator.
set(REUSE_CALLED $<TARGET_FILE:reuse>)
set(REUSE_SECONDS 120) # for a script
if(CMAKE_CROSSCOMPILING_EMULATOR)
	set(REUSE_CALLED ${PROJECT_BINARY_DIR}/emulated)
	set(REUSE_SECONDS 400)
	string(REPLACE ";" " " emulator "${CMAKE_CROSSCOMPILING_EMULATOR}")
	configure_file(${PROJECT_SOURCE_DIR}/cmake/emulated.in ${REUSE_CALLED} @ONLY)
endif()

# reuse_unit(NAME [SOURCE...] [WRAP CALL...]): tests/unit/test_NAME.c, linked with all of the program but
# main; calls named behind WRAP come to its own __wrap_CALL.
function(reuse_unit name)
	cmake_parse_arguments(unit "" "" WRAP ${ARGN})
	add_executable(test_${name} ${PROJECT_SOURCE_DIR}/tests/unit/test_${name}.c ${unit_UNPARSED_ARGUMENTS})
	target_link_libraries(test_${name} PRIVATE reuse_core)
	foreach(call IN LISTS unit_WRAP)
		target_link_options(test_${name} PRIVATE -Wl,--wrap=${call})
	endforeach()
	add_test(NAME unit.${name} COMMAND test_${name})
	set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 60 SKIP_RETURN_CODE 77)
endfunction()

function(reuse_script label name script)
	add_test(NAME ${label}.${name} COMMAND sh ${script} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${label}.${name} PROPERTIES
		LABELS ${label} TIMEOUT ${REUSE_SECONDS} SKIP_RETURN_CODE 77
		ENVIRONMENT "REUSE=${REUSE_CALLED};SOURCE=${PROJECT_SOURCE_DIR};REUSE_OS=${REUSE_OS}")
endfunction()

# reuse_cli(TOPIC): tests/cli/TOPIC.sh, the binary as a person uses it.
function(reuse_cli topic)
	reuse_script(cli ${topic} ${PROJECT_SOURCE_DIR}/tests/cli/${topic}.sh)
endfunction()

# reuse_interop(NAME): tests/interop/NAME.sh, a stranger as the peer.
function(reuse_interop name)
	reuse_script(interop ${name} ${PROJECT_SOURCE_DIR}/tests/interop/${name}.sh)
endfunction()

# reuse_house(NAME): tests/NAME.sh, a rule about the source itself.
function(reuse_house name)
	reuse_script(house ${name} ${PROJECT_SOURCE_DIR}/tests/${name}.sh)
endfunction()

# Whether a call may be led to another function: the seam for faults and for a simulated kernel.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,--wrap=close)
check_c_source_compiles("int __wrap_close(int fd); int __wrap_close(int fd) { return fd; }
	int close(int fd); int main(void) { return close(0); }" LINKER_WRAPS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

option(REUSE_FUZZ "Make fuzz_NAME with libFuzzer: clang, cmake/preset/fuzz.cmake" OFF)
add_custom_target(fuzz)

# reuse_fuzz(NAME [SOURCE...] [WRAP CALL...]): tests/fuzz/fuzz_NAME.c, linked with all of the program
# but main; calls named behind WRAP come to its own __wrap_CALL. The corpus is replayed as a test.
function(reuse_fuzz name)
	cmake_parse_arguments(fuzz "" "" WRAP ${ARGN})
	set(target replay_${name})
	set(driver ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
	set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
	set(words ${corpus})
	if(REUSE_FUZZ)
		set(target fuzz_${name})
		set(driver)
		file(GLOB words ${corpus}/*)
	endif()
	add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_${name}.c ${driver} ${fuzz_UNPARSED_ARGUMENTS})
	add_dependencies(fuzz ${target})
	target_link_libraries(${target} PRIVATE reuse_core $<$<BOOL:${REUSE_FUZZ}>:-fsanitize=fuzzer>)
	target_compile_options(${target} PRIVATE "SHELL:-iquote ${PROJECT_SOURCE_DIR}")
	foreach(call IN LISTS fuzz_WRAP)
		target_link_options(${target} PRIVATE -Wl,--wrap=${call})
	endforeach()
	add_test(NAME fuzz.${name} COMMAND ${target} ${words})
	set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 60)
endfunction()
