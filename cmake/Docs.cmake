# Manual pages and completions, written by the program itself of the words that --help shows;
# installed where man(1) and the shells look for them.
set(REUSE_HOST "" CACHE FILEPATH "Cross-compiling: a reuse of this version that runs here, to write pages and completions")
set(writer reuse)
if(REUSE_HOST)
	set(writer ${REUSE_HOST})
elseif(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
	message(STATUS "Cross-compiling without REUSE_HOST or an emulator: no manual pages, no completions")
	return()
endif()

set(REUSE_DOCS)

# reuse_doc(FILE WORD...): what `reuse help --as WORD...` says, under doc/ in the build's folder.
function(reuse_doc file)
	set(path ${PROJECT_BINARY_DIR}/doc/${file})
	# DEPENDS: the name of a target in COMMAND alone does not make the page anew with the program.
	add_custom_command(OUTPUT ${path}
		COMMAND ${writer} help --as ${ARGN} > ${path}.new
		COMMAND ${CMAKE_COMMAND} -E rename ${path}.new ${path}
		DEPENDS ${writer} COMMENT "Writing doc/${file}" VERBATIM)
	set(REUSE_DOCS ${REUSE_DOCS} ${path} PARENT_SCOPE)
endfunction()

# reuse_doc_link(FILE LINK FOLDER): LINK beside FILE, once that is installed in FOLDER.
function(reuse_doc_link file link folder)
	file(CREATE_LINK ${file} ${PROJECT_BINARY_DIR}/doc/${link} SYMBOLIC)
	install(FILES ${PROJECT_BINARY_DIR}/doc/${link} DESTINATION ${folder})
endfunction()

set(bash_folder ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
set(zsh_folder ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
set(fish_folder ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
set(man_folder ${CMAKE_INSTALL_MANDIR}/man1)

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/doc)
reuse_doc(${REUSE_NAME}.1 man)
foreach(name IN LISTS REUSE_COMMAND_NAMES)
	reuse_doc(${REUSE_NAME}-${name}.1 man ${name})
endforeach()
install(FILES ${REUSE_DOCS} DESTINATION ${man_folder})

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/doc/topics.c)
file(STRINGS ${PROJECT_SOURCE_DIR}/src/cli/doc/topics.c topics REGEX "^    {\"[a-z]+\", ")
foreach(topic IN LISTS topics)
	string(REGEX REPLACE "^ *{\"([a-z]+)\".*" "\\1" topic "${topic}")
	reuse_doc(${REUSE_NAME}-${topic}.7 man ${topic})
	install(FILES ${PROJECT_BINARY_DIR}/doc/${REUSE_NAME}-${topic}.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)
endforeach()

reuse_doc(${REUSE_NAME}.bash bash)
reuse_doc(_${REUSE_NAME} zsh)
reuse_doc(${REUSE_NAME}.fish fish)
install(FILES ${PROJECT_BINARY_DIR}/doc/${REUSE_NAME}.bash DESTINATION ${bash_folder} RENAME ${REUSE_NAME})
install(FILES ${PROJECT_BINARY_DIR}/doc/_${REUSE_NAME} DESTINATION ${zsh_folder})
install(FILES ${PROJECT_BINARY_DIR}/doc/${REUSE_NAME}.fish DESTINATION ${fish_folder})

# bash and fish look for a file of the name that was typed.
set(links)
if(REUSE_LINKS)
	set(links ${REUSE_COMMAND_LINKS})
endif()
foreach(link IN LISTS links)
	list(FIND REUSE_COMMAND_LINKS ${link} at)
	list(GET REUSE_COMMAND_LINKED ${at} name)
	reuse_doc_link(${REUSE_NAME}-${name}.1 ${link}.1 ${man_folder})
	reuse_doc_link(${REUSE_NAME} ${link} ${bash_folder})
	reuse_doc_link(${REUSE_NAME}.fish ${link}.fish ${fish_folder})
endforeach()

add_custom_target(docs ALL DEPENDS ${REUSE_DOCS})
