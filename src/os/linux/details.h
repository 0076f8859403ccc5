/* What /proc tells of a process. */
#ifndef REUSE_OS_LINUX_DETAILS_H
#define REUSE_OS_LINUX_DETAILS_H

#include "os/linux/walk.h"
#include "os/parse/proc.h"

/* Calls `look` with each process and its folder in /proc, until it returns false. */
void each_process(bool (*look)(void *who, long pid, int dir), void *who);

/* The folder of one; -1 where it is gone. */
int details_open(long pid);

/* What stands in the file stat of the process whose folder in /proc is `dir`. False where it cannot be read. */
bool details_stat(int dir, struct proc_stat *stat);

/* Of a process that has a socket, fills in all but the place; what cannot be read stays unknown. `fully`: more than pid and program. */
void details_read(const struct task *task, bool fully, struct process *process);

/* The name of the process whose folder in /proc is `dir`, as it calls itself; "" where it cannot be read. */
void details_program(int dir, char program[HOLDER_PROGRAM]);

/* The same of the process `pid`. */
void details_program_of(long pid, char program[HOLDER_PROGRAM]);

/* Its arguments, a blank between two. NULL where it has none, or no memory; else to be freed. */
char *details_command(int dir);

#endif
