/* One stopped thread of a watched program: what it is about to call, with which socket. */
#ifndef REUSE_OS_LINUX_TRACE_THREAD_H
#define REUSE_OS_LINUX_TRACE_THREAD_H

#include "os/trace.h"

/* ptrace(2), without the types that differ from libc to libc. */
long trace_ask(int request, long thread, uintptr_t addr, uintptr_t data);

enum trace_read {
	TRACE_READ_OTHER,  /* no call of a TCP socket */
	TRACE_READ_CALL,   /* `call` is filled */
	TRACE_READ_BLIND,  /* the socket cannot be borrowed: `call->error` */
	TRACE_READ_RING,   /* it makes an io_uring */
	TRACE_READ_FILTER, /* it installs a filter of its own */
};

/* At a stop by the filter: reads the call and borrows the socket. */
enum trace_read trace_read_entry(struct traced *call);

/* At the stop after it: the result. Returns false where the call has none because it will be made again. */
bool trace_read_exit(struct traced *call);

/* Borrows descriptor `fd` of the thread, a TCP socket, as call->sock; notes its process. */
enum trace_read trace_borrow_fd(struct traced *call, int fd);

/* The number in the line `name` of /proc/PID/status, one of the first ten; 0 where it cannot be read. */
long trace_status(long thread, const char *name);

/* Whether what the process of `thread` has just become would have got privileges from its file. */
bool trace_privileged(long thread);

/* Fills in pid. */
void trace_read_pid(struct traced *call);

/* Keeps the call from being made, and gives it a result instead. Both return -1 where that cannot be done on
 * this machine. */
int trace_skip(long thread);
int trace_give(long thread, int error);

#endif
