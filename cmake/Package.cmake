# `make package`: a .tar.gz, on Debian a .deb, and where rpmbuild is a .rpm. For those that run anywhere, with the
# static binary, see cmake/preset/package.cmake. With SOURCE_DATE_EPOCH in the environment two builds are alike
# to the bit, wherever they lie.
set(REUSE_PACKAGE reuse-tcp) # Debian has another program called reuse

set(CPACK_GENERATOR TGZ)
find_program(DPKG dpkg)
find_program(RPMBUILD rpmbuild)
if(DPKG)
	list(APPEND CPACK_GENERATOR DEB)
endif()
if(RPMBUILD)
	list(APPEND CPACK_GENERATOR RPM)
endif()
set(CPACK_PACKAGE_NAME ${REUSE_PACKAGE})
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VENDOR "the authors of reuse")
set(CPACK_PACKAGE_CONTACT "${CPACK_PACKAGE_VENDOR} <maintainers@reuse.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "learn, try and diagnose how TCP sockets share addresses and ports")
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
set(CPACK_PACKAGE_FILE_NAME reuse-${PROJECT_VERSION}-${system}-${CMAKE_SYSTEM_PROCESSOR})
set(description
	"Echo server and heartbeat client with a source address and port of your choice,
the rules of SO_REUSEADDR and SO_REUSEPORT measured on the kernel at hand, and
why an address is already in use.")

# Behind the installation, before a package is closed: pages are compressed.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/packaging/Finish.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME ${REUSE_PACKAGE})
set(CPACK_DEBIAN_PACKAGE_CONFLICTS reuse)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "${description}")
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
# Of another processor this machine knows neither the name by itself nor whose the libraries are.
if(CMAKE_CROSSCOMPILING)
	set(architecture ${CMAKE_SYSTEM_PROCESSOR})
	string(REGEX REPLACE "^aarch64$" "arm64" architecture ${architecture})
	string(REGEX REPLACE "^x86_64$" "amd64" architecture ${architecture})
	string(REGEX REPLACE "^i[3-6]86$" "i386" architecture ${architecture})
	string(REGEX REPLACE "^armv7.*$" "armhf" architecture ${architecture})
	string(REGEX REPLACE "^ppc64le$" "ppc64el" architecture ${architecture})
	set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${architecture})
	set(CPACK_RPM_PACKAGE_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
endif()
if(CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
	# It needs no library.
elseif(CMAKE_CROSSCOMPILING)
	set(CPACK_DEBIAN_PACKAGE_DEPENDS libc6)
elseif(DPKG_SHLIBDEPS)
	set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_NAME ${REUSE_PACKAGE})
set(CPACK_RPM_PACKAGE_GROUP "Applications/Internet")
set(CPACK_RPM_PACKAGE_LICENSE "none given")
set(CPACK_RPM_PACKAGE_SUMMARY ${CPACK_PACKAGE_DESCRIPTION_SUMMARY})
set(CPACK_RPM_PACKAGE_DESCRIPTION "${description}")
# Folders of other packages: an RPM that owned them would conflict with those.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/man /usr/share/man/man1 /usr/share/man/man7
	/usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/fish
	/usr/share/fish/vendor_completions.d /usr/share/zsh /usr/share/zsh/site-functions)
set(CPACK_RPM_SPEC_MORE_DEFINE
	"%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _buildhost localhost")

# What a distribution wants to know: whose it is, and what each version brought.
set(doc ${PROJECT_BINARY_DIR}/packaging)
configure_file(${PROJECT_SOURCE_DIR}/cmake/packaging/copyright.in ${doc}/copyright @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/packaging/NEWS)
file(STRINGS ${PROJECT_SOURCE_DIR}/cmake/packaging/NEWS news REGEX "^[^#]")
set(changelog)
set(close)
foreach(line IN LISTS news)
	if(line MATCHES "^([0-9]+\\.[0-9.]+) (.*)$")
		string(APPEND changelog "${close}${REUSE_PACKAGE} (${CMAKE_MATCH_1}) unstable; urgency=medium\n\n")
		set(close "\n -- ${CPACK_PACKAGE_CONTACT}  ${CMAKE_MATCH_2}\n\n")
	else()
		string(APPEND changelog "  * ${line}\n")
	endif()
endforeach()
file(WRITE ${doc}/changelog "${changelog}${close}")
if(NOT changelog MATCHES "^${REUSE_PACKAGE} \\(${PROJECT_VERSION}\\)")
	message(FATAL_ERROR "cmake/packaging/NEWS does not begin with version ${PROJECT_VERSION}")
endif()
install(FILES ${doc}/copyright ${doc}/changelog DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${REUSE_PACKAGE})

# Units for systemd, to copy: they name the program where it is installed, or below /usr/local where a .tar.gz may
# be unpacked.
install(CODE "set(doc \"${doc}\")
	set(source \"${PROJECT_SOURCE_DIR}/cmake/packaging/systemd\")
	set(under \"\${CMAKE_INSTALL_PREFIX}\")
	if(under MATCHES \"/_CPack_Packages/\")
		set(under /usr/local)
	endif()
	set(program \"\${under}/${CMAKE_INSTALL_BINDIR}/${REUSE_NAME}\")
	set(to \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/doc/${REUSE_PACKAGE}/examples\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/packaging/Units.cmake)

if(CMAKE_EXE_LINKER_FLAGS MATCHES "-static")
	file(WRITE ${doc}/${REUSE_PACKAGE} "# It runs on any Linux of its processor.\n${REUSE_PACKAGE}: statically-linked-binary\n")
	install(FILES ${doc}/${REUSE_PACKAGE} DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides)
endif()

mark_as_advanced(DPKG RPMBUILD DPKG_SHLIBDEPS)
include(CPack)
