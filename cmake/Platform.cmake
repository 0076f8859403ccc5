# Which files speak to the operating system at hand. No source file asks for
# __linux__: it is chosen here, or it is portable.
# The parsers of kernel answers are bytes in, structs out: they are built and tested everywhere.
set(REUSE_OS_SOURCES
	os/bounds.c
	os/crew.c
	os/descriptors.c
	os/holder.c
	os/lan.c
	os/linux_diag.c
	os/linux_proc.c
	os/loopback.c
	os/user.c)
if(REUSE_OS STREQUAL "Linux")
	list(APPEND REUSE_OS_SOURCES
		os/linux_bounds.c
		os/linux_census.c
		os/linux_cpu.c
		os/linux_figures.c
		os/linux_file.c
		os/linux_group.c
		os/linux_holder.c
		os/linux_memory.c
		os/linux_netns.c
		os/linux_orphan.c
		os/linux_process.c
		os/linux_tunable.c)
else()
	list(APPEND REUSE_OS_SOURCES
		os/other_bounds.c
		os/other_census.c
		os/other_cpu.c
		os/other_holder.c
		os/other_memory.c
		os/other_netns.c
		os/other_orphan.c
		os/other_tunable.c)
	message(STATUS "${REUSE_OS}: what POSIX alone offers")
endif()

# A service manager's protocol, and what a server can give up.
list(APPEND REUSE_OS_SOURCES os/service.c)
if(REUSE_OS STREQUAL "Linux")
	list(APPEND REUSE_OS_SOURCES
		os/linux_caps.c
		os/linux_filter.c
		os/linux_landlock.c
		os/linux_sandbox.c)
elseif(REUSE_OS STREQUAL "OpenBSD")
	list(APPEND REUSE_OS_SOURCES os/openbsd_sandbox.c)
elseif(REUSE_OS STREQUAL "FreeBSD")
	list(APPEND REUSE_OS_SOURCES os/freebsd_sandbox.c)
else()
	list(APPEND REUSE_OS_SOURCES os/other_sandbox.c)
endif()
