/* What else there is to know of a process that has a socket. */
#ifndef REUSE_OS_LINUX_DETAILS_H
#define REUSE_OS_LINUX_DETAILS_H

#include "os/linux/walk.h"

/* Fills in all but the place; what cannot be read stays unknown. `fully`: more than pid and program. */
void details_read(const struct task *task, bool fully, struct process *process);

/* The name of the process whose folder in /proc is `dir`, as it calls itself; "" where it cannot be read. */
void details_program(int dir, char program[HOLDER_PROGRAM]);

/* Its arguments, a blank between two. NULL where it has none, or no memory; else to be freed. */
char *details_command(int dir);

#endif
