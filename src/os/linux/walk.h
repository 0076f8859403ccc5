/* The search for the processes of sockets: one walk over /proc, in several turns. */
#ifndef REUSE_OS_LINUX_WALK_H
#define REUSE_OS_LINUX_WALK_H

#include <sys/types.h>

#include "os/holder.h"

/* What is looked for in a turn. */
enum turn {
	TURN_SMALL,   /* descriptors of processes that have few */
	TURN_LARGE,   /* of the others */
	TURN_THREADS, /* of threads that have a table of their own */
	TURN_FLIGHT,  /* what waits in Unix sockets */
	TURN_ACCEPT,  /* threads in accept, whose descriptor another one has closed */
	TURN_BOUND,   /* bound-only sockets that the kernel does not list: before the others */
};

enum { WALK_LINK = 64 };

struct walk {
	struct holders *holders;
	struct holder **by_inode; /* those that a process may hold, sorted */
	size_t count;
	size_t owner_room, process_room;
	struct holder *bound; /* TURN_BOUND: what was found */
	size_t bound_count, bound_room;
	long unmapped;    /* as in struct collection */
	size_t found;     /* of these, those of which a process is known */
	bool thorough;    /* the same of the rare ways */
	bool patient;     /* whether to go on until each socket has its process */
	int64_t since_us; /* when it began */
	enum turn turn;
	long last_thread; /* of a process: the last one that had a table of its own */
};

/* The task looked at: a process, or one thread of it. `dir` is its folder in /proc. */
struct task {
	long pid, thread; /* thread: 0 where it is the process */
	int dir;
};

/* Whether the time to look for processes is over, or that to look for others that share a socket. */
bool walk_enough(const struct walk *walk);

/* Of a process that could not be looked at. That one has ended meanwhile is an ordinary thing. */
void walk_error(struct walk *walk, int error);

/* The socket of that inode, if it is looked for. */
struct holder *walk_find(const struct walk *walk, uint64_t inode);

/* Notes that the process has the socket. */
void walk_note(
    struct walk *walk, struct holder *holder, const struct task *task, enum owner_way way);

/* Makes room for one more in a list. Returns the list, or NULL. */
void *walk_grow(void *list, size_t count, size_t *room, size_t size);

/* Looks through the descriptors of a task, as the turn wants it. */
void walk_descriptors(struct walk *walk, const struct task *task);

/* Counts a thread that waits in accept on a descriptor that was closed: the socket lives on as long as the call. */
void walk_accept(struct walk *walk, struct task *task);

/* Reads where a link in `dir` leads. Returns its length, or -1. */
ssize_t walk_link(int dir, const char *name, char text[WALK_LINK]);

#endif
