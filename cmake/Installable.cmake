# While installing, first: whether everything in `build` was built, and whether the folder may be written to.
if(NOT EXISTS ${built})
	message(FATAL_ERROR "Not everything is built yet. First:\n  cmake --build ${build}")
endif()
set(folder $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX})
while(NOT EXISTS ${folder})
	get_filename_component(folder ${folder} DIRECTORY)
endwhile()
execute_process(COMMAND test -w ${folder} RESULT_VARIABLE status)
if(status)
	message(FATAL_ERROR "${folder} may not be written to. As root:\n  sudo cmake --install ${build}\nor below your home:\n"
		"  cmake --install ${build} --prefix $ENV{HOME}/.local")
endif()
