# How a test is found and declared: each by its folder under tests/, which is its label too (unit cli
# interop house fuzz fault, and of a script of cli its command: listen why all ...).
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

# What a test says of itself, in a line of its head that begins with `ctest:`, in words:
#   timeout=SECONDS   serial (nothing runs beside it)   wrap=CALL (a unit's own __wrap_CALL takes it)
#   os=NAME (for that system alone)   native (qemu-user does not pass on what it asks of the kernel)
# and labels, by which CI chooses:
#   core (the modules and both ends of a connection: every compiler, sanitizer and machine)
#   emulated (also where a machine is emulated)   once (it builds the program anew, or fills the machine)
# reuse_head(FILE): reads them into head_timeout, head_serial, head_wrap, head_os and head_labels.
function(reuse_head file)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	file(STRINGS ${file} line REGEX "^(#|//|/\\*) ctest: " LIMIT_COUNT 1)
	string(REGEX REPLACE "^[#/*]+ ctest: |\\*/" "" line "${line}")
	separate_arguments(words UNIX_COMMAND "${line}")
	foreach(name timeout serial native wrap os labels)
		set(head_${name})
	endforeach()
	foreach(word IN LISTS words)
		if(word MATCHES "^(serial|native)$")
			set(head_${word} TRUE)
		elseif(word MATCHES "^(timeout|wrap|os)=(.+)$")
			list(APPEND head_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
		elseif(word MATCHES "^(core|emulated|once)$")
			list(APPEND head_labels ${word})
		else()
			message(FATAL_ERROR "${file}: ctest: knows no '${word}'")
		endif()
	endforeach()
	foreach(name timeout serial native wrap os labels)
		set(head_${name} ${head_${name}} PARENT_SCOPE)
	endforeach()
endfunction()

# reuse_declared(NAME LABEL...): gives the test what its head says.
function(reuse_declared name)
	set_tests_properties(${name} PROPERTIES LABELS "${ARGN};${head_labels}" SKIP_RETURN_CODE 77)
	if(head_timeout)
		set_tests_properties(${name} PROPERTIES TIMEOUT ${head_timeout})
	endif()
	if(head_serial)
		set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
	endif()
endfunction()

# reuse_unit(FILE): tests/unit/ROOM/test_NAME.c, linked with all of the program but main: unit.NAME.
function(reuse_unit file)
	get_filename_component(program ${file} NAME_WE)
	string(REGEX REPLACE "^test_" "" name ${program})
	reuse_head(${file})
	if(head_os AND NOT REUSE_OS IN_LIST head_os)
		return()
	endif()
	# A linker that wraps nothing (macOS) knows no __real_CALL.
	file(STRINGS ${file} real REGEX "__real_|tests/lib/heap.h")
	if(real AND NOT LINKER_WRAPS)
		return()
	endif()
	add_executable(${program} ${file})
	target_link_libraries(${program} PRIVATE reuse_core)
	target_compile_options(${program} PRIVATE "SHELL:-iquote ${PROJECT_SOURCE_DIR}")
	if(LINKER_WRAPS)
		foreach(call IN LISTS head_wrap)
			target_link_options(${program} PRIVATE -Wl,--wrap=${call})
		endforeach()
	endif()
	if(head_native AND CMAKE_CROSSCOMPILING_EMULATOR)
		add_test(NAME unit.${name} COMMAND sh -c "echo 'skip: qemu-user does not pass on what it asks'; exit 77")
	else()
		add_test(NAME unit.${name} COMMAND ${program})
	endif()
	set_tests_properties(unit.${name} PROPERTIES TIMEOUT 60)
	reuse_declared(unit.${name} unit)
endfunction()

# reuse_script(LABEL FILE): the script FILE, as LABEL.NAME, or LABEL.FOLDER.NAME where its folder is
# not that of the label, or LABEL.NAME where folder and script have one name.
function(reuse_script label file)
	get_filename_component(name ${file} NAME_WE)
	get_filename_component(folder ${file} DIRECTORY)
	get_filename_component(folder ${folder} NAME)
	set(test ${label}.${folder}.${name})
	if(folder STREQUAL label OR folder STREQUAL name)
		set(test ${label}.${name})
	endif()
	reuse_head(${file})
	add_test(NAME ${test} COMMAND sh ${file} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${test} PROPERTIES TIMEOUT ${REUSE_SECONDS}
		ENVIRONMENT "REUSE=${REUSE_CALLED};SOURCE=${PROJECT_SOURCE_DIR};REUSE_OS=${REUSE_OS};HARDENED=${hardened}")
	# What `reuse why` says in its tests is kept: tests/house/said.sh looks for each sentence there.
	if(folder MATCHES "^(why|run)$" OR label STREQUAL interop)
		set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT "SAID=${PROJECT_BINARY_DIR}/said/${test}")
		set_property(GLOBAL APPEND PROPERTY REUSE_SAYING ${test})
	endif()
	reuse_declared(${test} ${label} ${folder})
endfunction()

# Whether a call may be led to another function: the seam for faults and for a simulated kernel.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,--wrap=close)
check_c_source_compiles("int __real_close(int fd); int __wrap_close(int fd);
	int __wrap_close(int fd) { return __real_close(fd); }
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
	set_tests_properties(fuzz.${name} PROPERTIES LABELS "fuzz;core;emulated" TIMEOUT 60)
endfunction()

configure_file(${PROJECT_SOURCE_DIR}/cmake/CTestCustom.in ${PROJECT_BINARY_DIR}/CTestCustom.cmake @ONLY)
