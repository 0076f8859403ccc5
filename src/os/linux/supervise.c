/* What /proc tells of a parent: its name, its working directory, and what it left in its child's environment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "os/linux/file.h"
#include "os/linux/know.h"
#include "os/parse/supervise.h"
#include "os/trace.h"

enum { PROCESSES = 128, ENVIRON = 1 << 17 };

/* Its parent; 0 where it has none that is known. `leads` may be NULL. */
static long parent_of(int dir, bool *leads)
{
	struct proc_stat stat;

	if (!details_stat(dir, &stat))
		return 0;
	if (leads)
		*leads = stat.leads;
	return stat.parent;
}

/* The folder of a service, in which its supervisor runs. */
static void take_folder(int parent, char name[SUPERVISED])
{
	const ssize_t n = readlinkat(parent, "cwd", name, SUPERVISED - 1);

	name[n > 0 && n < SUPERVISED - 1 ? n : 0] = 0;
}

/* "supervise-daemon web --start ..." */
static void take_argument(int parent, char name[SUPERVISED])
{
	char *command = details_command(parent);
	const char *first = command ? strchr(command, ' ') : NULL;
	const size_t n = first ? strcspn(first + 1, " ") : 0;

	if (first && n < SUPERVISED)
		snprintf(name, SUPERVISED, "%.*s", (int)n, first + 1);
	free(command);
}

static void take_variable(int child, enum supervisor supervisor, char name[SUPERVISED])
{
	char *text = malloc(ENVIRON + 1);
	const ssize_t n = text ? file_read_at(child, "environ", text, ENVIRON) : -1;

	if (n > 0) {
		text[n] = 0;
		supervise_name(supervisor, text, (size_t)n, name);
	}
	free(text);
}

static void find_name(int child, int parent, struct process *process)
{
	switch (process->supervisor) {
	case SUPERVISOR_SUPERVISORD:
	case SUPERVISOR_PM2:
		take_variable(child, process->supervisor, process->supervised);
		break;
	case SUPERVISOR_RUNIT:
	case SUPERVISOR_S6:
	case SUPERVISOR_DAEMONTOOLS:
		take_folder(parent, process->supervised);
		break;
	case SUPERVISOR_OPENRC:
		take_argument(parent, process->supervised);
		break;
	case SUPERVISOR_AUTOSSH:
		snprintf(process->supervised, SUPERVISED, "%ld", process->parent);
		break;
	case SUPERVISOR_PARENT:
	case SUPERVISOR_NONE:
		break;
	}
}

/* What the parent is. A session's shell starts nothing again, nor does who has started the one that asks. */
static void look_at_parent(int parent, struct process *process)
{
	bool leads = false;

	parent_of(parent, &leads);
	if (leads || trace_kin(process->parent, (long)getpid()) != KIN_NONE)
		return;
	details_program(parent, process->parent_program);
	process->supervisor = supervise_find(process->parent_program);
}

/* `before`: the one that was looked at before, NULL: none. Workers have one parent. */
static void find_supervisor(const struct process *before, struct process *process)
{
	const int child = details_open(process->pid);

	process->parent = child < 0 ? 0 : parent_of(child, NULL);
	const int parent = process->parent > 1 ? details_open(process->parent) : -1;
	if (parent >= 0 && before && before->parent == process->parent) {
		memcpy(process->parent_program, before->parent_program,
		    sizeof process->parent_program);
		process->supervisor = before->supervisor;
	} else if (parent >= 0) {
		look_at_parent(parent, process);
	}
	if (parent >= 0) {
		find_name(child, parent, process);
		close(parent);
	}
	if (child >= 0)
		close(child);
}

void supervisors_find(struct holders *holders)
{
	struct process *const list = holders->processes;

	for (size_t i = 0; i < holders->process_count && i < PROCESSES; i++)
		find_supervisor(i > 0 ? &list[i - 1] : NULL, &list[i]);
}
