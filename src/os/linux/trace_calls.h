/* The calls that a watched program is stopped at, on each machine: the filter that picks them, and what
 * their numbers mean. Data in, data out. */
#ifndef REUSE_OS_LINUX_TRACE_CALLS_H
#define REUSE_OS_LINUX_TRACE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/linux/filter.h"
#include "tcp/fault.h"

enum {
	TRACE_CALLS_STEPS = 1024,
	TRACE_CALLS_FASTOPEN = 0x20000000, /* MSG_FASTOPEN, linux/socket.h */
};

/* Writes the program that reports bind, listen, connect, sends with MSG_FASTOPEN (and those within socketcall,
 * whose flags it cannot see), io_uring_setup and the installing of a filter, with `all` socket, setsockopt,
 * accept and close as well, to a tracer. Returns how many steps it has. */
size_t trace_calls_filter(bool all, struct filter_step into[TRACE_CALLS_STEPS]);

/* Which call it is that the filter has reported. */
enum trace_number {
	TRACE_NUMBER_NONE,
	TRACE_NUMBER_CALL, /* `*call`; its arguments are the machine call's */
	TRACE_NUMBER_BOX, /* socketcall: its first argument names the call, the second points to its arguments */
	TRACE_NUMBER_RING, /* io_uring_setup */
	TRACE_NUMBER_SENDTO, /* with MSG_FASTOPEN, which connects: address and length are the last two */
	TRACE_NUMBER_SENDMSG, /* likewise: both begin the struct that the second points to */
	TRACE_NUMBER_SENDMMSG,
	TRACE_NUMBER_FILTER, /* seccomp or prctl */
};
enum trace_number trace_calls_which(uint32_t machine, uint64_t number, enum tcp_call *call);

/* Which call socketcall's first argument names. */
enum trace_number trace_calls_boxed(uint64_t which, enum tcp_call *call);

/* How many bytes a long has for who makes that call. */
size_t trace_calls_word(uint32_t machine, uint64_t number);

#endif
