# Asks libc and the kernel headers what exists, and writes config.h.
include(CheckCSourceCompiles)
include(CheckSymbolExists)
include(CheckStructHasMember)

set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_struct_has_member("struct sockaddr" sa_len "sys/types.h;sys/socket.h" HAVE_SOCKADDR_LEN)
check_c_source_compiles("#include <grp.h>
	#include <unistd.h>
	int initgroups(const char *, int);
	int main(void) { return 0; }" INITGROUPS_TAKES_INT)
if(REUSE_OS STREQUAL "other")
	set(POSIX_ALONE 1)
else()
	check_symbol_exists(accept4 "sys/socket.h" HAVE_ACCEPT4)
	check_symbol_exists(SOCK_CLOEXEC "sys/socket.h" HAVE_SOCK_CLOEXEC)
	check_symbol_exists(close_range "unistd.h" HAVE_CLOSE_RANGE)
	check_symbol_exists(MSG_NOSIGNAL "sys/socket.h" HAVE_MSG_NOSIGNAL)
	check_symbol_exists(epoll_create1 "sys/epoll.h" HAVE_EPOLL)
	check_symbol_exists(kqueue "sys/types.h;sys/event.h" HAVE_KQUEUE)
	check_symbol_exists(sysctlbyname "sys/types.h;sys/sysctl.h" HAVE_SYSCTLBYNAME)
	check_symbol_exists(strerrorname_np "string.h" HAVE_STRERRORNAME_NP)
endif()
unset(CMAKE_REQUIRED_DEFINITIONS)
set(GROUP_OF_INITGROUPS gid_t)
if(INITGROUPS_TAKES_INT)
	set(GROUP_OF_INITGROUPS int)
endif()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
	set(CONNECT_TELLS_TWICE 1)
	set(TIOCOUTQ_TELLS_OF_SOCKETS 1)
	set(TCP_INFO_TELLS_THE_QUEUE 1)
endif()

configure_file(${PROJECT_SOURCE_DIR}/cmake/config.h.in ${PROJECT_BINARY_DIR}/config.h)
