/* The processes that hold sockets, on Linux: /proc/PID/fd tells which; pidfd_getfd(2) lets their
 * options be read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "os/holder.h"
#include "os/parse/proc.h"
#include "tcp/option.h"

enum {
	PATH = 64,
	MANY = 1024, /* descriptors of a process: those with more are looked at last */
	FEW = 10000, /* sockets: of so many the processes are looked for to the end */
	/* How long to look among these for the processes of more, and once each socket has its process,
	 * for further ones: a link takes some microseconds, the options of a socket twice as many, and
	 * there may be a million. */
	LOOK_US = 400000,
	SHARERS_US = 200000,
};

/* One walk over /proc. */
struct walk {
	struct holders *holders;
	struct holder **by_inode; /* those that a process may hold, sorted */
	size_t count, room;
	size_t found;         /* of these, those of which a process is known */
	int64_t since_us;     /* when it began */
	bool patient;         /* whether to go on until each socket has its process */
	bool large;           /* whether it is the turn of those with many descriptors */
	char namespace[PATH]; /* ours, as /proc names it; "": unknown */
};

/* Of a process that could not be looked at. That one has ended meanwhile is an ordinary thing. */
static void note_error(struct walk *walk, int error)
{
	if (error != ENOENT && error != ESRCH)
		walk->holders->error = error;
}

/* Of one that could not be borrowed from. That this is not permitted is told otherwise. */
static void note_shortage(struct walk *walk)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		note_error(walk, errno);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Whether the time to look for processes is over, or that to look for others that share a socket. */
static bool enough(const struct walk *walk)
{
	const bool all = walk->found == walk->count;

	return (all || !walk->patient) && now_us() - walk->since_us > (all ? SHARERS_US : LOOK_US);
}

static int by_inode(const void *a, const void *b)
{
	const uint64_t one = (*(struct holder *const *)a)->inode;
	const uint64_t other = (*(struct holder *const *)b)->inode;

	return (one > other) - (one < other);
}

static struct holder *find(const struct walk *walk, uint64_t inode)
{
	const struct holder key = {.inode = inode};
	const struct holder *const wanted = &key;
	struct holder **found =
	    bsearch(&wanted, walk->by_inode, walk->count, sizeof *walk->by_inode, by_inode);

	return found ? *found : NULL;
}

/* Reads a link into text. Returns its length, or -1. */
static ssize_t read_link(int dir, const char *name, char text[PATH])
{
	const ssize_t n = readlinkat(dir, name, text, PATH - 1);

	if (n >= 0)
		text[n] = 0;
	return n;
}

static void read_program(int dir, char program[HOLDER_PROGRAM])
{
	const int fd = openat(dir, "comm", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, program, HOLDER_PROGRAM - 1);

	if (fd >= 0)
		close(fd);
	program[n > 0 ? n : 0] = 0;
	if (n > 0 && program[n - 1] == '\n')
		program[n - 1] = 0;
}

/* Notes that the process holds the socket; once, also where several descriptors are it. */
static void note(struct walk *walk, struct holder *holder, long pid, int dir)
{
	struct holders *h = walk->holders;
	const size_t n = h->process_count;

	if (holder->process_count++ == 0)
		walk->found++;
	if (n == HOLDERS_MOST)
		return;
	if (n == walk->room) {
		const size_t room = walk->room ? 2 * walk->room : 64;
		struct process *processes = realloc(h->processes, room * sizeof *processes);
		if (!processes) {
			note_error(walk, ENOMEM);
			return;
		}
		h->processes = processes;
		walk->room = room;
	}
	struct process *process = &h->processes[h->process_count++];
	process->inode = holder->inode;
	process->pid = pid;
	if (n > 0 && h->processes[n - 1].pid == pid)
		memcpy(process->program, h->processes[n - 1].program, HOLDER_PROGRAM);
	else
		read_program(dir, process->program);
}

#if HAVE_PIDFD_GETFD
/* A descriptor for the process, to borrow its descriptors by; -1 where that is not permitted. */
static int open_process(long pid)
{
	return (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
}

/* A second descriptor for what `fd` is in that process. */
static int borrow(int process, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, process, fd, 0);
}
#else
static int open_process(long pid)
{
	(void)pid;
	return -1;
}

static int borrow(int process, int fd)
{
	(void)process;
	(void)fd;
	return -1;
}
#endif

/* Reads the options of a socket that is descriptor `name` of the process. */
static void read_options(struct walk *walk, struct holder *holder, int process, const char *name)
{
	const int fd =
	    borrow(process, (int)strtol(name, NULL, 10)); /* a name that /proc gives: digits */
	struct stat stat;

	if (fd < 0) {
		note_shortage(walk);
		return;
	}
	/* The number may have become another file by now. */
	if (fstat(fd, &stat) == 0 && stat.st_ino == holder->inode) {
		holder->reuseaddr = option_get(fd, OPTION_REUSEADDR);
		holder->reuseport = option_get(fd, OPTION_REUSEPORT);
		holder->v6only =
		    holder->local.any.sa_family == AF_INET6 && option_get(fd, OPTION_V6ONLY);
	}
	close(fd);
}

/* The folder of descriptors of the process whose folder in /proc is `dir`; -1 where it may not be
 * read, or its turn is another. Its size is how many there are (Linux 6.2; before 0). */
static int open_descriptors(struct walk *walk, int dir)
{
	const int fds = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat stat;

	if (fds < 0) {
		if (errno != EACCES && errno != EPERM)
			note_error(walk, errno);
		else
			walk->holders->hidden += !walk->large;
		return -1;
	}
	if (fstat(fds, &stat) == 0 && (stat.st_size > MANY) == walk->large)
		return fds;
	close(fds);
	return -1;
}

/* Looks through the descriptors of one process. */
static void look_at(struct walk *walk, long pid, int dir)
{
	const int fds = open_descriptors(walk, dir);
	DIR *list = fds < 0 ? NULL : fdopendir(fds);
	int process = -2; /* not tried yet */
	char text[PATH];
	uint64_t inode;
	size_t seen = 0;

	if (!list) {
		if (fds >= 0) {
			note_error(walk, errno);
			close(fds);
		}
		return;
	}
	for (const struct dirent *entry; (entry = readdir(list));) {
		/* The first ones are always looked at: a server opens its listener early. */
		if (++seen % MANY == 0 && walk->large && enough(walk)) {
			walk->holders->unsearched++;
			break;
		}
		const ssize_t n = read_link(fds, entry->d_name, text);
		struct holder *holder =
		    n > 0 && proc_link(text, (size_t)n, &inode) ? find(walk, inode) : NULL;
		if (!holder)
			continue;
		note(walk, holder, pid, dir);
		if (holder->reuseaddr >= 0)
			continue;
		if (process == -2 && (process = open_process(pid)) < 0)
			note_shortage(walk);
		if (process >= 0)
			read_options(walk, holder, process, entry->d_name);
	}
	if (process >= 0)
		close(process);
	closedir(list);
}

/* Counts processes of other network namespaces. */
static void look_where(struct walk *walk, int dir)
{
	char namespace[PATH];

	if (read_link(dir, "ns/net", namespace) < 0)
		walk->holders->elsewhere_hidden |= errno == EACCES || errno == EPERM;
	else if (walk->namespace[0] && strcmp(namespace, walk->namespace) != 0)
		walk->holders->elsewhere++;
}

/* Looks at each process. */
static void walk_processes(struct walk *walk)
{
	DIR *proc = opendir("/proc");

	if (!proc) {
		note_error(walk, errno);
		return;
	}
	for (const struct dirent *entry; (entry = readdir(proc));) {
		char *end;
		const long pid = strtol(entry->d_name, &end, 10);
		if (pid <= 0 || *end)
			continue;
		const int dir =
		    openat(dirfd(proc), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			note_error(walk, errno);
			continue;
		}
		if (!walk->large)
			look_where(walk, dir);
		if (walk->count > 0)
			look_at(walk, pid, dir);
		close(dir);
	}
	closedir(proc);
}

static int by_inode_and_pid(const void *a, const void *b)
{
	const struct process *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode > other->inode ? 1 : -1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

/* Sorts the processes by socket and gives each holder its share; a process that has a socket under
 * several descriptors stands there once. */
static void hand_out(struct walk *walk)
{
	struct holders *h = walk->holders;
	size_t n = 0;

	if (h->process_count > 0)
		qsort(h->processes, h->process_count, sizeof *h->processes, by_inode_and_pid);
	for (size_t i = 0; i < h->process_count; i++)
		if (n == 0 || by_inode_and_pid(&h->processes[i], &h->processes[n - 1]) != 0)
			h->processes[n++] = h->processes[i];
	h->process_count = n;
	for (size_t i = 0; i < walk->count; i++)
		walk->by_inode[i]->process_count = 0;
	for (size_t i = 0; i < n; i++) {
		struct holder *holder = find(walk, h->processes[i].inode);
		if (holder && holder->process_count++ == 0)
			holder->process = i;
	}
}

void holders_know(struct holders *holders, bool patient)
{
	struct walk walk = {.holders = holders, .since_us = now_us()};

	walk.by_inode = calloc(holders->count + 1, sizeof(struct holder *));
	if (!walk.by_inode) {
		note_error(&walk, ENOMEM);
		return;
	}
	for (size_t i = 0; i < holders->count; i++)
		if (holders->list[i].inode)
			walk.by_inode[walk.count++] = &holders->list[i];
	walk.patient = patient || walk.count <= FEW;
	qsort(walk.by_inode, walk.count, sizeof *walk.by_inode, by_inode);
	if (read_link(AT_FDCWD, "/proc/self/ns/net", walk.namespace) < 0)
		walk.namespace[0] = 0;
	walk_processes(&walk);
	walk.large = true;
	if (walk.count > 0)
		walk_processes(&walk);
	hand_out(&walk);
	free(walk.by_inode);
}
