/* Another program under watch: each of its TCP sockets' calls is reported before it is made, with the
 * very socket, and again with its result.
 *
 * Shape: the process that calls trace_fork becomes the program, so that pid, parent, status, signals
 * and job control are the program's own. The tracer is a process apart, nobody's child but init's, in
 * a session of its own; it lives as long as any process of the program does, and takes all of them
 * with it when it is killed. Between the two, in this order:
 *
 *     program                            tracer
 *     trace_fork                         trace_fork
 *     trace_ready  -- may be traced -->  trace_seize
 *                  <-- seized or not --
 *     (filter)     -- its errno ------>  (leaves where there is none)
 *                  <-- what to do -----  trace_answer
 *     execvp                             trace_next, again and again
 */
#ifndef REUSE_OS_TRACE_H
#define REUSE_OS_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/holder.h"
#include "tcp/addr.h"
#include "tcp/fault.h"

/* What keeps a program from being watched. */
enum trace_bar {
	TRACE_FREE,    /* nothing */
	TRACE_SYSTEM,  /* this system cannot: it is not Linux 5.6 or later */
	TRACE_FORK,    /* no second process */
	TRACE_TRACED,  /* another tracer has it */
	TRACE_PTRACE,  /* ptrace(2) is refused */
	TRACE_GETFD,   /* pidfd_getfd(2) is refused */
	TRACE_SECCOMP, /* seccomp(2) takes no filter */
};

/* One watch, the same in both processes until trace_next. */
struct trace {
	int line; /* to the other of the two; -1: none */
	bool all; /* socket, setsockopt, accept and close are reported too */
	long pid; /* of the program */
	enum trace_bar bar;
	int error;      /* its errno; 0: none says it */
	long barred_by; /* TRACE_TRACED: the other tracer; 0: unknown */
	bool bound; /* the program and its children cannot gain privileges, for the filter's sake */
	void *threads; /* those within a call */
};

enum trace_side { TRACE_PROGRAM, TRACE_TRACER };

/* Begins. Returns in two processes; where there is no second one, in the program alone, with `bar`
 * set. Of what was open the tracer keeps `to` alone, as its stdout; its stdin and stderr are /dev/null. */
enum trace_side trace_fork(struct trace *trace, bool all, int to);

/* In the program: lets itself be seized, and fills in `bar` and what goes with it. Returns what the tracer
 * has answered. */
enum trace_order {
	TRACE_EXECUTE, /* go on as the program */
	TRACE_GIVE_UP, /* do not */
	TRACE_ALONE,   /* there is no tracer */
};
enum trace_order trace_ready(struct trace *trace);

/* In the tracer: seizes the program. Returns 0, or -1 with `bar` set; then it is not watched. */
int trace_seize(struct trace *trace);
void trace_answer(struct trace *trace, enum trace_order order);

enum trace_what {
	TRACE_ENTRY, /* a call is about to be made */
	TRACE_EXIT,  /* it has returned */
	TRACE_BLIND, /* a call on a socket that could not be borrowed: `error` */
	TRACE_RING,  /* a process has made an io_uring: what it does through that is not reported */
	TRACE_FILTER, /* a process has installed a seccomp filter: calls that it refuses are not reported */
	TRACE_EXEC, /* a process, whose privileges stay as they are, has become a program that would
		      * have given it more */
	TRACE_OVER, /* the program itself has ended */
	TRACE_GONE, /* all have ended */
	TRACE_QUIET, /* nothing in the time that was given */
};

/* One call of one thread; lives from its entry to its exit. */
struct traced {
	long thread, pid;             /* pid: of the process */
	char program[HOLDER_PROGRAM]; /* its name, once trace_name has read it */
	enum tcp_call call;
	int fd;   /* its number there; of socket -1 before the call */
	int sock; /* the same socket here, until trace_go; -1: none. After the call trace_borrow
			  * borrows it again */
	uint64_t inode;  /* of that socket */
	union addr addr; /* of bind and connect, as given; AF_UNSPEC where it is none of IP */
	/* of a connect: the send by which it is made, "sendto"; NULL: connect */
	const char *fastopen;
	bool malformed; /* that address cannot be read, or is too short */
	long args[3];   /* listen: the backlog; socket: all three; setsockopt: level, name, value */
	long result;    /* after the call; below 0: `error` */
	int error;      /* of the call; in a TRACE_BLIND of the borrowing */
	int refuse;     /* to be set at the entry: the call is not made and returns this errno */
	bool unrefused; /* at the exit: `refuse` could not be done, the call was made */

	/* The watcher's own, from entry to exit; they stay where an interrupted call is made again. */
	unsigned options, set;
	union addr source;
};

/* Waits for what happens next, `wait_ms` at most (-1: without limit) or until `fd` (-1: none) can be
 * written to. `*call` is set with TRACE_ENTRY, EXIT, BLIND, RING, FILTER and EXEC: that thread stands still until
 * trace_go, which ends a call that has returned. */
enum trace_what trace_next(struct trace *trace, struct traced **call, int fd, int wait_ms);
void trace_go(struct trace *trace, struct traced *call);

/* For a thread that stands still: fills in `program` as ps shows it, "" where that cannot be read. */
void trace_name(struct traced *call);

/* How process `pid`, a number of /proc's, is related to process `of`, one of this PID namespace; where that cannot be read, not at all. */
enum kin trace_kin(long pid, long of);

/* For one that has made its call: the socket, of accept and socket the new one, as call->sock. */
void trace_borrow(struct traced *call);

#endif
