/* Processes that do one job together: forked from one first process, told by it when to stop. */
#ifndef REUSE_OS_CREW_H
#define REUSE_OS_CREW_H

#include <stdbool.h>
#include <sys/types.h>

/* What the first process and its members share. */
struct crew {
	int stop;  /* members: readable when they shall stop, or when the first process is gone */
	int order; /* the first process's: writing to it, or its end, makes `stop` readable */
};

/* One member, as the first process knows it. In the member itself, as it knows itself. */
struct member {
	pid_t pid; /* 0 in the member */
	/* after a crew_fork that failed the call that did, static: "pipe" or "fork" */
	const char *refused;
	int report; /* a pipe from the member: the first process reads, end of file means that it is
		     * gone; the member writes */
};

/* Returns 0, or -1 with errno, of pipe(2). */
int crew_open(struct crew *crew);

/* Forks a member. Returns 1 in the member, 0 in the first process, -1 with errno and `refused`. The member ignores
 * SIGINT and SIGQUIT, which a terminal sends to all of them (the first process passes it on by crew_stop), and
 * dies of SIGTERM. It should _exit, without flushing stdio that it did not write. */
int crew_fork(struct crew *crew, struct member *member);

/* Tells all members to stop in order. */
void crew_stop(const struct crew *crew);

/* In a member: whether the first process is gone, so that there is nobody to work for. */
bool crew_orphaned(const struct crew *crew);

/* Collects a member whose work has ended, or that was killed; closes `report`. One that does not end within a
 * moment is killed; one that cannot be collected even then (its tracer is stopped) is left behind. Returns its wait
 * status, as in waitpid(2); 0 where it is not known. */
int crew_reap(struct member *member);

/* Ends a member at once, also one that is stopped. crew_reap follows. */
void crew_kill(const struct member *member);

/* Gives up the report of a member, in both: where members are too many for a pipe each. crew_reap
 * and crew_gone work without. */
void crew_mute(struct member *member);

/* Whether a member has ended, without waiting for it. If so it is as after crew_reap, which must not
 * follow, with its wait status in `*status`. */
bool crew_gone(struct member *member, int *status);

/* Closes the descriptors; in the first process, too. */
void crew_close(struct crew *crew);

#endif
