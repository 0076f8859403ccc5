/* Text out of /proc, the bytes alone: proc(5). Opens nothing. */
#ifndef REUSE_OS_PARSE_PROC_H
#define REUSE_OS_PARSE_PROC_H

#include "os/holder.h"

/* Reads a line of /proc/net/tcp or udp (AF_INET), tcp6 or udp6 (AF_INET6). False where it is none of a socket,
 * as the first one. */
bool proc_socket(const char *line, size_t len, int family, struct holder *holder);

/* Reads where a link in /proc/PID/fd leads: "socket:[4101505]". False where that is no socket. */
bool proc_link(const char *link, size_t len, uint64_t *inode);

/* /proc/self/uid_map: whether each user has its own number in this namespace, as in the first one. */
bool proc_maps_all(const char *text, size_t len);

/* Hears of each socket that is a registered file of a ring. */
typedef void proc_each(void *who, uint64_t inode);

/* /proc/PID/fdinfo/FD of an io_uring: its sockets. False where it has files of which the kernel does not tell what
 * they are. */
bool proc_registered(const char *text, size_t len, proc_each *each, void *who);

/* What /proc/PID/stat tells. */
struct proc_stat {
	char state;
	long parent;      /* 0: of another PID namespace, or none */
	long group;       /* its process group */
	bool leads;       /* its session, which has a terminal: an interactive shell as a rule */
	long session;     /* the process that leads it, where it has a terminal; 0: it has none */
	uint64_t started; /* clock ticks since the machine began */
};

/* The name in it may hold anything. False where the text makes no sense. */
bool proc_stat(const char *text, size_t len, struct proc_stat *stat);

/* /proc/PID/status: the effective user; -1 where it is not told. */
long proc_user(const char *text, size_t len);

/* The same: whether SIGTERM has no effect on it. */
bool proc_deaf(const char *text, size_t len);

/* /proc/self/mountinfo: how /proc is mounted. `group`: who sees all the same, -1: no such. False where it is
 * not mounted. */
bool proc_hides(const char *text, size_t len, bool *hides, long *group);

#endif
