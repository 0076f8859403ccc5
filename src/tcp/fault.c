#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "tcp/fault.h"

int fault_set(struct fault *fault, enum tcp_call at)
{
	*fault = (struct fault){.at = at, .error = errno};
	return -1;
}

int fault_close(int fd)
{
	const int error = errno;

	close(fd);
	errno = error;
	return -1;
}

const char *fault_call(enum tcp_call at)
{
	static const char *const names[] = {
	    [CALL_NONE] = "none",
	    [CALL_SOCKET] = "socket",
	    [CALL_OPTION] = "setsockopt",
	    [CALL_BIND] = "bind",
	    [CALL_LISTEN] = "listen",
	    [CALL_CONNECT] = "connect",
	    [CALL_ACCEPT] = "accept",
	    [CALL_POLL] = "poll",
	    [CALL_SEND] = "send",
	    [CALL_RECV] = "recv",
	    [CALL_SHUTDOWN] = "shutdown",
	    [CALL_SETEUID] = "seteuid",
	    [CALL_CLOSE] = "close",
	    [CALL_GETSOCKNAME] = "getsockname",
	};
	return names[at];
}
