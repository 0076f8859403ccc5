/* What went wrong, and at which call. */
#ifndef REUSE_TCP_FAULT_H
#define REUSE_TCP_FAULT_H

#include <net/if.h>

enum tcp_call {
	CALL_NONE,
	CALL_SOCKET,
	CALL_OPTION, /* setsockopt */
	CALL_BIND,
	CALL_LISTEN,
	CALL_CONNECT,
	CALL_ACCEPT,
	CALL_POLL,
	CALL_SEND,
	CALL_RECV,
	CALL_SHUTDOWN,
	CALL_SETEUID,
	CALL_CLOSE,
	CALL_GETSOCKNAME,
};

/* Data, not text: rules counts faults, experiments expect them. */
struct fault {
	enum tcp_call at;         /* CALL_NONE: nothing went wrong */
	int error;                /* the errno that call left */
	const char *option;       /* at CALL_OPTION the option's name, static; else NULL */
	char device[IF_NAMESIZE]; /* the interface that the option was to name; "" of others */
};

/* Fills `fault` from errno. Returns -1, so that one can write `return fault_set(...)`. */
int fault_set(struct fault *fault, enum tcp_call at);

/* Closes `fd` once a call has failed: errno stays that call's. Returns -1. */
int fault_close(int fd);

/* "bind", "setsockopt": as the manual names the call. */
const char *fault_call(enum tcp_call at);

#endif
