#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/service.h"
#include "tcp/fault.h"

/* The number in a variable, up to `most`, or -1. */
static int64_t number_in(const char *name, int64_t most)
{
	const char *word = getenv(name);
	char *end;

	if (!word || *word < '0' || *word > '9')
		return -1;
	errno = 0;
	const long long number = strtoll(word, &end, 10);
	return *end || errno || number > most ? -1 : number;
}

int service_descriptors(void)
{
	const bool told = getenv("LISTEN_FDS");
	const int64_t pid = number_in("LISTEN_PID", INT_MAX);
	const int64_t count = number_in("LISTEN_FDS", INT_MAX - SERVICE_FIRST);

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return told && pid == getpid() ? (int)count : 0;
}

/* An int that SOL_SOCKET has under `option`; -1 with errno. */
static int ask(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

const char *service_take(int fd)
{
	struct sockaddr_storage addr = {0}; /* an unnamed one of another family may leave it */
	socklen_t len = sizeof addr;
	const int type = ask(fd, SO_TYPE);

	if (type < 0)
		return errno == EBADF ? "not open" : "not a socket";
	/* The errno is the one that accept(2) would give. */
	if (type != SOCK_STREAM) {
		errno = EOPNOTSUPP;
		return type == SOCK_DGRAM ? "a datagram socket, not a stream socket"
					  : "not a stream socket";
	}
	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0 ||
	    (addr.ss_family != AF_INET && addr.ss_family != AF_INET6)) {
		errno = EAFNOSUPPORT;
		return "neither an IPv4 nor an IPv6 socket";
	}
	if (ask(fd, SO_ACCEPTCONN) != 1) {
		errno = EINVAL;
		return "a socket that does not listen";
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return "cannot be made non-blocking";
	return NULL;
}

int service_open(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const char *name = getenv("NOTIFY_SOCKET");

	if (!name || !*name)
		return SERVICE_NONE;
	const size_t len = strlen(name);
	const char kind = *name;
	/* A path ends with a NUL. */
	const bool fits = len + (kind == '/') <= sizeof addr.sun_path;
	if (fits)
		memcpy(addr.sun_path, name, len);
	unsetenv("NOTIFY_SOCKET");
	if (!fits) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (kind != '/' && kind != '@') {
		errno = EAFNOSUPPORT;
		return -1;
	}
	/* Linux: a name in no file system begins with a NUL and ends with its length (unix(7)). */
	if (kind == '@')
		addr.sun_path[0] = 0;
	const socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (kind == '/'));
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (connect(fd, (const struct sockaddr *)&addr, size) == 0)
		return fd;
	return fault_close(fd);
}

int service_tell(int fd, const char *words)
{
	ssize_t n;

	do
		n = send(fd, words, strlen(words), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int64_t service_watchdog_us(void)
{
	const bool ours = !getenv("WATCHDOG_PID") || number_in("WATCHDOG_PID", INT_MAX) == getpid();
	const int64_t us = number_in("WATCHDOG_USEC", INT64_MAX);

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	return ours && us > 0 ? us : 0;
}
