# reuse::flags: what every target of the project is compiled with.
option(REUSE_WERROR "Treat warnings as errors" OFF)
set(REUSE_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=: address,undefined")

add_library(reuse_flags INTERFACE)
add_library(reuse::flags ALIAS reuse_flags)

target_compile_features(reuse_flags INTERFACE c_std_11)
if(REUSE_OS STREQUAL "other")
	target_compile_definitions(reuse_flags INTERFACE _DEFAULT_SOURCE)
else()
	target_compile_definitions(reuse_flags INTERFACE _GNU_SOURCE)
endif()
# -iquote, not -I: <...> must never find a file of ours.
target_compile_options(reuse_flags INTERFACE
	"SHELL:-iquote ${REUSE_SOURCE_DIR}" "SHELL:-iquote ${PROJECT_BINARY_DIR}"
	-Wall -Wextra -Wpedantic -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	$<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow> # not of what another file has
	$<$<BOOL:${REUSE_WERROR}>:-Werror>)
# What is built in so opens files and makes calls of its own: the sandbox leaves room for it.
set(INSTRUMENTED OFF)
if(REUSE_SANITIZE OR CMAKE_C_FLAGS MATCHES "-fsanitize|-fprofile|-ftest-coverage|--coverage")
	set(INSTRUMENTED ON)
endif()
if(REUSE_SANITIZE)
	target_compile_options(reuse_flags INTERFACE
		-fsanitize=${REUSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(reuse_flags INTERFACE -fsanitize=${REUSE_SANITIZE})
endif()
