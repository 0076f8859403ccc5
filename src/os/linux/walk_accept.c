/* Threads that wait in accept: the socket lives on as long as the call, also where its descriptor was closed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/file.h"
#include "os/linux/walk.h"

enum { CALL = 256 };

void walk_accept(struct walk *walk, struct task *task)
{
	static const char waits[] = "inet_csk_accept"; /* Linux, inet_connection_sock.c */
	char where[CALL], call[CALL], name[WALK_LINK], link[WALK_LINK];
	char *at, *end;
	ssize_t n = file_read_at(task->dir, "wchan", where, sizeof where);

	if (n != (ssize_t)strlen(waits) || memcmp(where, waits, (size_t)n) != 0)
		return;
	/* Its number, and its arguments, of which the first is the descriptor: proc(5). */
	n = file_read_at(task->dir, "syscall", call, sizeof call - 1);
	call[n > 0 ? n : 0] = 0;
	at = strchr(call, ' ');
	if (!at)
		return;
	const unsigned long descriptor = strtoul(at, &end, 16);
	if (end == at)
		return;
	snprintf(name, sizeof name, "fd/%lu", descriptor);
	if (walk_link(task->dir, name, link) >= 0 || errno != ENOENT)
		return;
	walk->holders->accepting++;
	walk->holders->accepting_pid = task->pid;
}
