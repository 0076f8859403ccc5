/* How much memory there is, and who has it. */
#ifndef REUSE_OS_MEMORY_H
#define REUSE_OS_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/* In bytes; -1 where this system does not tell. */
struct memory {
	int64_t total, available; /* of the machine, or of the control group where that has less */
	int64_t kernel;           /* the kernel's own objects, and what is queued in sockets */
};

/* Reads all of it. Cannot fail: what is not told is -1. */
void memory_read(struct memory *memory);

/* What a process has of its own, in bytes: of a page that several share its part (PSS). -1 where that
 * is not known. */
int64_t memory_of(pid_t pid);

#endif
