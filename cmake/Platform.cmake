# Which files speak to the operating system at hand. No source file asks for __linux__: a folder a
# system is chosen here, or the file is portable. What a system has no file for is taken from
# os/other, which has the answers of POSIX alone.
set(REUSE_OS_FOLDER other)
string(TOLOWER "${REUSE_OS}" system)
if(IS_DIRECTORY ${REUSE_SOURCE_DIR}/os/${system})
	set(REUSE_OS_FOLDER ${system})
endif()
if(NOT REUSE_OS_FOLDER STREQUAL linux)
	message(STATUS "${REUSE_OS}: what POSIX alone offers")
endif()

# The parsers of kernel answers (os/parse) are bytes in, structs out: built and tested everywhere.
set(os ${REUSE_SOURCE_DIR}/os)
file(GLOB REUSE_OS_SOURCES CONFIGURE_DEPENDS RELATIVE ${REUSE_SOURCE_DIR}
	${os}/*.c ${os}/parse/*.c ${os}/${REUSE_OS_FOLDER}/*.c)
file(GLOB others CONFIGURE_DEPENDS RELATIVE ${os}/other ${os}/other/*.c)
foreach(file IN LISTS others)
	if(NOT EXISTS ${os}/${REUSE_OS_FOLDER}/${file})
		list(APPEND REUSE_OS_SOURCES os/other/${file})
	endif()
endforeach()
