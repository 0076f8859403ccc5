# Reads src/commands.def, the list of subcommands: REUSE_COMMAND_LINKS (symlinks of old names) with
# REUSE_COMMAND_LINKED (of which command each is one), REUSE_COMMAND_NAMES.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/commands.def)
file(STRINGS ${PROJECT_SOURCE_DIR}/src/commands.def lines REGEX "^COMMAND\\(")

set(REUSE_COMMAND_NAMES)
set(REUSE_COMMAND_LINKS)
set(REUSE_COMMAND_LINKED)
foreach(line IN LISTS lines)
	string(REGEX MATCH "^COMMAND\\(([a-z]+), \"([a-z]*)\"\\)" ok "${line}")
	if(NOT ok)
		message(FATAL_ERROR "src/commands.def: cannot read: ${line}")
	endif()
	list(APPEND REUSE_COMMAND_NAMES ${CMAKE_MATCH_1})
	if(CMAKE_MATCH_2)
		list(APPEND REUSE_COMMAND_LINKS ${CMAKE_MATCH_2})
		list(APPEND REUSE_COMMAND_LINKED ${CMAKE_MATCH_1})
	endif()
endforeach()
