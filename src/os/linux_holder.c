/* Who holds a port, on Linux: sock_diag(7), or /proc/net where the kernel lacks it, for the sockets;
 * /proc/PID/fd for the processes; pidfd_getfd(2) for the options. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "os/holder.h"
#include "os/linux_diag.h"
#include "os/linux_proc.h"
#include "tcp/option.h"

enum {
	NETLINK_DIAG = 4, /* NETLINK_SOCK_DIAG: linux/netlink.h */
	DATAGRAM = 65536, /* the kernel writes 32 KiB at most: netlink_dump, af_netlink.c */
	PATH = 64,
	MANY = 1024, /* descriptors of a process: those with more are looked at last */
	/* How long to look, once each socket has its process, for further ones among these: a link
	 * takes some microseconds, and there may be a million of them. */
	SHARERS_US = 200000,
};

/* --- the sockets ------------------------------------------------------------------------ */

/* What is being filled. */
struct collection {
	struct holders *holders;
	size_t room;
	unsigned port; /* host order; 0: all */
	enum diag_states states;
	int error; /* errno that ended it, or 0 */
};

/* diag_each */
static bool collect(void *who, const struct holder *holder)
{
	struct collection *c = who;
	struct holders *h = c->holders;

	if ((c->port && addr_port(&holder->local) != c->port) ||
	    (c->states == DIAG_LISTENERS && holder->state != HOLDER_LISTEN))
		return true;
	if (h->count == HOLDERS_MOST) {
		h->cut = true;
		return false;
	}
	if (h->count == c->room) {
		const size_t room = c->room ? 2 * c->room : 64;
		struct holder *list = realloc(h->list, room * sizeof *list);
		if (!list) {
			c->error = ENOMEM;
			return false;
		}
		h->list = list;
		c->room = room;
	}
	h->list[h->count++] = *holder;
	return true;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Reads datagrams until the answer ends. */
static int read_answer(int fd, unsigned char *buffer, struct collection *c)
{
	for (;;) {
		const ssize_t n = recv(fd, buffer, DATAGRAM, MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || n > DATAGRAM)
			return n < 0 ? -1 : fail(EPROTO);
		switch (diag_parse(buffer, (size_t)n, collect, c)) {
		case DIAG_MORE:
			break;
		case DIAG_DONE:
			return c->error ? fail(c->error) : 0;
		case DIAG_ERROR:
			return -1;
		}
	}
}

/* The sockets of one family, or of both (AF_UNSPEC), from sock_diag. */
static int ask(int family, struct collection *c)
{
	unsigned char request[DIAG_REQUEST];
	const size_t len = diag_request(request, family, c->port, c->states);
	const struct timeval patience = {.tv_sec = 5};
	unsigned char *buffer = malloc(DATAGRAM);
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_DIAG);
	int result = -1;

	/* Unconnected, it goes to the kernel: netlink(7). */
	if (buffer && fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
	    send(fd, request, len, 0) == (ssize_t)len)
		result = read_answer(fd, buffer, c);
	const int error = errno;
	if (fd >= 0)
		close(fd);
	free(buffer);
	errno = error;
	return result;
}

/* The same from /proc/net, where bound-only sockets do not stand. */
static int read_proc_net(int family, struct collection *c)
{
	FILE *file = fopen(family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "re");
	char line[512];
	struct holder holder;

	if (!file)
		return family == AF_INET6 && errno == ENOENT ? 0 : -1;
	while (fgets(line, sizeof line, file))
		if (proc_socket(line, strlen(line), family, &holder) && !collect(c, &holder))
			break;
	fclose(file);
	return c->error ? fail(c->error) : 0;
}

/* Whether this kernel tells of bound-only sockets (Linux 6.8): asks for one that is ours. Returns 0; else
 * ENOTSUP, or what kept from asking. */
static int ask_for_bound(void)
{
	struct holders none = {0};
	struct collection c = {.holders = &none, .states = DIAG_BOUND};
	union addr addr = addr_any(AF_INET, 0);
	socklen_t len = sizeof addr.v4;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	addr.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0) {
		error = errno;
	} else {
		c.port = addr_port(&addr);
		if (ask(AF_INET, &c) < 0)
			error = errno;
		else if (none.count == 0)
			error = ENOTSUP;
	}
	if (fd >= 0)
		close(fd);
	free(none.list);
	return error;
}

/* Whether the kernel refuses for lack of sock_diag: netlink_create, af_netlink.c; inet_diag_lock_handler,
 * inet_diag.c. */
static bool lacks_diag(int error)
{
	return error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == ENOENT;
}

/* Returns 0 by sock_diag; 1 by /proc/net, with bound_error; -1 with errno where both are refused. */
static int read_all(struct collection *c)
{
	struct holders *holders = c->holders;

	*holders = (struct holders){0};
	if (ask(AF_UNSPEC, c) == 0)
		return 0;
	/* Where the older request is no longer known. */
	holders->count = 0;
	holders->cut = false;
	if (c->error == 0 && ask(AF_INET, c) == 0 && ask(AF_INET6, c) == 0)
		return 0;
	holders->bound_error = lacks_diag(errno) ? ENOTSUP : errno;
	holders->count = 0;
	holders->cut = false;
	if (c->error == 0 && read_proc_net(AF_INET, c) == 0 && read_proc_net(AF_INET6, c) == 0)
		return 1;
	const int error = errno;
	holders_free(holders);
	return fail(error);
}

int holders_read(struct holders *holders, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_ALL};
	const int way = read_all(&c);
	bool told = false;

	for (size_t i = 0; way == 0 && i < holders->count && !told; i++)
		told = holders->list[i].state == HOLDER_BOUND;
	if (way == 0 && !told)
		holders->bound_error = ask_for_bound();
	return way < 0 ? -1 : 0;
}

int holders_read_listeners(struct holders *holders, unsigned port)
{
	struct collection c = {.holders = holders, .port = port, .states = DIAG_LISTENERS};

	return read_all(&c) < 0 ? -1 : 0;
}

void holders_free(struct holders *holders)
{
	free(holders->list);
	free(holders->processes);
	*holders = (struct holders){0};
}

/* --- the processes ---------------------------------------------------------------------- */

/* One walk over /proc. */
struct walk {
	struct holders *holders;
	struct holder **by_inode; /* those that a process may hold, sorted */
	size_t count, room;
	size_t found;         /* of these, those of which a process is known */
	int64_t until_us;     /* when to leave off looking for more, once all are found */
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

/* Whether each socket has its process, and the time to look for others that share it is over. */
static bool enough(const struct walk *walk)
{
	return walk->found == walk->count && now_us() > walk->until_us;
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
	if (fstat(fds, &stat) == 0 && (stat.st_size > MANY) == walk->large) {
		if (!walk->large || !enough(walk))
			return fds;
		walk->holders->unsearched++;
	}
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

void holders_know(struct holders *holders)
{
	struct walk walk = {.holders = holders};

	walk.by_inode = calloc(holders->count + 1, sizeof(struct holder *));
	if (!walk.by_inode) {
		note_error(&walk, ENOMEM);
		return;
	}
	for (size_t i = 0; i < holders->count; i++)
		if (holders->list[i].inode)
			walk.by_inode[walk.count++] = &holders->list[i];
	qsort(walk.by_inode, walk.count, sizeof *walk.by_inode, by_inode);
	if (read_link(AT_FDCWD, "/proc/self/ns/net", walk.namespace) < 0)
		walk.namespace[0] = 0;
	walk.until_us = now_us() + SHARERS_US;
	walk_processes(&walk);
	walk.large = true;
	if (walk.count > 0)
		walk_processes(&walk);
	hand_out(&walk);
	free(walk.by_inode);
}
