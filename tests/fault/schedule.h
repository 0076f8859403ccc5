/* Which call fails this time, and how. A pure function of the seed, of the call, and of how often that
 * call was made by this process: a seed replays, whatever else the kernel does meanwhile.
 * REUSE_FAULT_SEED=N is the seed (0: no faults); with REUSE_FAULT_MILD=1 as well only what passes by
 * happens (EINTR, EAGAIN, short counts), with REUSE_FAULT_ALLOCATION=N the Nth allocation fails and
 * nothing else. */
#ifndef REUSE_FAULT_SCHEDULE_H
#define REUSE_FAULT_SCHEDULE_H

#include <stddef.h>

enum faulty {
	FAULTY_SOCKET,
	FAULTY_OPTION,
	FAULTY_BIND,
	FAULTY_LISTEN,
	FAULTY_CONNECT,
	FAULTY_ACCEPT,
	FAULTY_SEND,
	FAULTY_RECV,
	FAULTY_READ,
	FAULTY_OPEN,
	FAULTY_POLL,
	FAULTY_EPOLL_CREATE,
	FAULTY_EPOLL_CTL,
	FAULTY_EPOLL_WAIT,
	FAULTY_CLOSE,
	FAULTY_NAME, /* getsockname */
	FAULTY_DUP,
	FAULTY_PIPE,
	FAULTY_FORK,
	FAULTY_MAP,
	FAULTY_MEMORY,
	FAULTY_CALLS,
};

/* The errno that this call is to fail with, 0: none, it is made; SCHEDULE_SHORT: made with fewer bytes. */
enum { SCHEDULE_SHORT = -1 };
int schedule_next(enum faulty call);

/* Of `len` bytes, how many pass in a short call: at least one. */
size_t schedule_part(enum faulty call, size_t len);

/* In a child of this process, the `count`th: a schedule of its own. Sockets that it was born with are
 * not its to close. */
void schedule_fork(unsigned count);

/* A child ended with this status of waitpid(2). */
void schedule_ended(int status);

/* Notes that a descriptor became a socket of this process, or was closed. */
void schedule_opened(int fd);
void schedule_closed(int fd);

/* Writes one line to the descriptor REUSE_FAULT_REPORT: how many faults, how many sockets are open,
 * how many children have crashed, which calls. To be called when the process ends. */
void schedule_report(void);

#endif
