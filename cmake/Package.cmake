# `make package`: a .tar.gz, and on Debian a .deb. For those that run anywhere, with the static binary, see
# cmake/preset/package.cmake.
set(CPACK_GENERATOR TGZ)
find_program(DPKG dpkg)
if(DPKG)
	list(APPEND CPACK_GENERATOR DEB)
endif()
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR "the authors of reuse")
set(CPACK_PACKAGE_CONTACT "${CPACK_PACKAGE_VENDOR} <reuse@localhost>")
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
set(CPACK_PACKAGE_FILE_NAME reuse-${PROJECT_VERSION}-${system}-${CMAKE_SYSTEM_PROCESSOR})

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
	"Echo server and heartbeat client with a source address and port of your choice,
the rules of SO_REUSEADDR and SO_REUSEPORT measured on the kernel at hand, and
what stands behind an address that is already in use.")
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
if(DPKG_SHLIBDEPS AND NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
	set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
mark_as_advanced(DPKG DPKG_SHLIBDEPS)
include(CPack)
