/* What a task has open: /proc/PID/fd, /proc/PID/task/TID/fd, and what the kernel tells of each of
 * these files in fdinfo. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/linux/file.h"
#include "os/linux/walk_borrow.h"
#include "os/parse/figures.h"
#include "os/parse/proc.h"

enum {
	MANY = 1024,    /* descriptors of a process: those with more are looked at last */
	RING = 1 << 20, /* bytes of what is told of a ring */
	FLIGHT = 4096,  /* and of a Unix socket */
	WAIT = 256,     /* and of a call that a thread is in */
};

ssize_t walk_link(int dir, const char *name, char text[WALK_LINK])
{
	const ssize_t n = readlinkat(dir, name, text, WALK_LINK - 1);

	if (n >= 0)
		text[n] = 0;
	return n;
}

/* The folder of descriptors of a task; -1 where it may not be read, or its turn is another. Its size is
 * how many there are (Linux 6.2; before 0). */
static int open_descriptors(struct walk *walk, const struct task *task)
{
	const int fds = openat(task->dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;

	if (fds < 0) {
		if (errno != EACCES && errno != EPERM)
			walk_error(walk, errno);
		else
			walk->holders->hidden += walk->turn == TURN_SMALL;
		return -1;
	}
	if (walk->turn > TURN_LARGE ||
	    (fstat(fds, &stat) == 0 && (stat.st_size > MANY) == (walk->turn == TURN_LARGE)))
		return fds;
	close(fds);
	return -1;
}

/* What the kernel tells of descriptor `name` of a task. Returns its length, or -1. */
static ssize_t read_fdinfo(const struct task *task, const char *name, char *text, size_t size)
{
	char path[WALK_LINK + 280];

	snprintf(path, sizeof path, "fdinfo/%s", name);
	return file_read_at(task->dir, path, text, size);
}

/* proc_each: a registered file of a ring. */
struct ring {
	struct walk *walk;
	const struct task *task;
};

static void note_registered(void *who, uint64_t inode)
{
	struct ring *ring = who;
	struct holder *holder = walk_find(ring->walk, inode);

	if (holder)
		walk_note(ring->walk, holder, ring->task, OWNER_RING);
}

static void look_into_ring(struct walk *walk, const struct task *task, const char *name)
{
	struct ring ring = {walk, task};
	char *text = malloc(RING);
	const ssize_t n = text ? read_fdinfo(task, name, text, RING) : -1;

	if (n > 0 && !proc_registered(text, (size_t)n, note_registered, &ring)) {
		walk->holders->rings += walk->turn <= TURN_LARGE;
		walk->holders->ring_pid = task->pid;
	}
	if (!text)
		walk_error(walk, ENOMEM);
	free(text);
}

/* Counts what waits in a Unix socket to be received (Linux 5.11). */
static void look_for_flight(struct walk *walk, const struct task *task, const char *name)
{
	char text[FLIGHT];
	const ssize_t n = read_fdinfo(task, name, text, sizeof text);
	const int64_t waiting = n > 0 ? figures_keyed(text, (size_t)n, "scm_fds:", NULL) : 0;

	if (waiting <= 0)
		return;
	walk->holders->in_flight += (size_t)waiting;
	walk->holders->in_flight_pid = task->pid;
}

/* One descriptor. `process`: to borrow by, opened when it is needed first; -2: not yet. False where it may not
 * be looked at: who may list them may not always. */
static bool look_at(
    struct walk *walk, const struct task *task, int fds, const char *name, int *process)
{
	static const char ring[] = "anon_inode:[io_uring]";
	char text[WALK_LINK];
	uint64_t inode;
	const ssize_t n = walk_link(fds, name, text);

	if (n <= 0)
		return n == 0 || (errno != EACCES && errno != EPERM);
	if (!proc_link(text, (size_t)n, &inode)) {
		if (walk->turn < TURN_FLIGHT && strcmp(text, ring) == 0)
			look_into_ring(walk, task, name);
		return true;
	}
	if (walk->turn == TURN_FLIGHT) {
		look_for_flight(walk, task, name);
		return true;
	}
	struct holder *holder = walk_find(walk, inode);
	const bool wanted =
	    walk->turn == TURN_BOUND ? !holder && borrow_is_tcp(task, name) : holder != NULL;
	if (!wanted)
		return true;
	if (walk->turn != TURN_BOUND)
		walk_note(walk, holder, task, task->thread ? OWNER_THREAD : OWNER_DESCRIPTOR);
	if (holder && holder->reuseaddr >= 0)
		return true;
	if (*process == -2)
		*process = borrow_open(walk, task);
	if (*process >= 0 && holder)
		borrow_options(walk, holder, *process, name);
	else if (*process >= 0)
		borrow_bound(walk, task, *process, name, inode);
	return true;
}

void walk_descriptors(struct walk *walk, const struct task *task)
{
	const int fds = open_descriptors(walk, task);
	DIR *list = fds < 0 ? NULL : fdopendir(fds);
	int process = -2;
	size_t seen = 0;

	if (!list) {
		if (fds >= 0) {
			walk_error(walk, errno);
			close(fds);
		}
		return;
	}
	for (const struct dirent *entry; (entry = readdir(list));) {
		/* The first ones are always looked at: a server opens its listener early. */
		if (++seen % MANY == 0 && walk->turn != TURN_SMALL && walk_enough(walk)) {
			walk->holders->unsearched++;
			break;
		}
		if (entry->d_name[0] == '.' || look_at(walk, task, fds, entry->d_name, &process))
			continue;
		walk->holders->hidden += walk->turn <= TURN_LARGE;
		break;
	}
	if (process >= 0)
		close(process);
	closedir(list);
}

void walk_accept(struct walk *walk, struct task *task)
{
	static const char waits[] = "inet_csk_accept"; /* Linux, inet_connection_sock.c */
	char where[WAIT], call[WAIT], name[WALK_LINK], link[WALK_LINK];
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
