/* The control groups that this process is in: versions 1 and 2, cgroups(7). */
#ifndef REUSE_OS_LINUX_GROUP_H
#define REUSE_OS_LINUX_GROUP_H

#include <stdbool.h>
#include <stdint.h>

/* The tightest limit among a group and those it is in. */
struct group_figure {
	int64_t limit, used; /* of memory: without what is only cached files */
	char file[600];
};

/* Return false where no group sets a limit. */
bool group_memory(struct group_figure *figure);
bool group_processes(struct group_figure *figure);

/* The folder of the group of that process (as /proc names it) in the hierarchy of version 2; -1: it is not seen. */
int group_open(const char *process);

#endif
