/* The process of a stopped thread: its name, its privileges, and the sockets that are borrowed from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/linux/details.h"
#include "os/linux/file.h"
#include "os/linux/pidfd.h"
#include "os/linux/trace_thread.h"

enum {
	PATH_SIZE = 64,
	WANTED_SIZE = 16,
	PARENTS_MOST = 1000,
	LEVELS_MOST = 33, /* of PID namespaces, 32 within the first (pid_namespaces(7)) */
	STATUS_SIZE =
	    4096, /* of /proc/PID/status: its first lines, to NStgid behind some hundred groups */
};

/* The numbers in that line of what /proc has by `number`, at most `most`. Returns how many; 0: there is none. */
static size_t read_numbers(long number, const char *name, long values[], size_t most)
{
	char path[PATH_SIZE], wanted[WANTED_SIZE], text[STATUS_SIZE + 1];
	size_t count = 0;

	snprintf(path, sizeof path, "/proc/%ld/status", number);
	snprintf(wanted, sizeof wanted, "\n%s:", name);
	const ssize_t n = file_read(path, text, STATUS_SIZE);
	text[n > 0 ? n : 0] = 0;
	char *next = strstr(text, wanted);
	/* Without its end the last number would be another one. */
	if (!next || !strchr(next + 1, '\n'))
		return 0;
	for (next += strlen(wanted); count < most; count++) {
		next += strspn(next, "\t ");
		if (*next < '0' || *next > '9')
			break;
		values[count] = strtol(next, &next, 10);
	}
	return count;
}

/* The first of them; 0: there is none. */
static long read_status(long number, const char *name)
{
	long value;

	return read_numbers(number, name, &value, 1) > 0 ? value : 0;
}

long trace_status(long thread, const char *name)
{
	return read_status(pidfd_in_proc(thread), name);
}

/* proc(5): NStgid has the process's number in the namespace of /proc, then in each within, so that this process's own
 * last one stands where those of its namespace do. */
static long process_of_outer(long thread)
{
	long own[LEVELS_MOST], its[LEVELS_MOST];
	const size_t level = read_numbers(pidfd_in_proc(getpid()), "NStgid", own, LEVELS_MOST);

	return level > 0 && read_numbers(pidfd_in_proc(thread), "NStgid", its, level) == level
		   ? its[level - 1]
		   : 0;
}

/* The thread itself where its process is not told. */
static long process_of(long thread)
{
	const long pid =
	    pidfd_proc_is_outer() ? process_of_outer(thread) : read_status(thread, "Tgid");

	return pid > 0 ? pid : thread;
}

enum kin trace_kin(long pid, long of)
{
	long at = pidfd_in_proc(of);

	if (pid == at)
		return KIN_SELF;
	for (int i = 0; i < PARENTS_MOST && at > 1; i++) {
		at = read_status(at, "PPid");
		if (at == pid)
			return KIN_ANCESTOR;
	}
	return KIN_NONE;
}

/* The handle by which the descriptors of `call->thread` are reached; notes its process. */
static int open_handle(struct traced *call)
{
	int handle = pidfd_of(call->thread, false);

	call->pid = call->thread;
	if (handle >= 0)
		return handle;
	/* A thread that is not its process's first. */
	call->pid = process_of(call->thread);
	handle = pidfd_of(call->thread, true);
	if (handle >= 0 || errno != EINVAL)
		return handle;
	/* Before Linux 6.9 by way of the first one, where both have the same descriptors. */
	if (!pidfd_same_files(call->thread, call->pid)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return pidfd_of(call->pid, false);
}

enum trace_read trace_borrow_fd(struct traced *call, int fd)
{
	struct stat stat;
	const int handle = open_handle(call);
	const int sock = handle < 0 ? -1 : pidfd_take(handle, fd);
	const int error = errno;

	if (handle >= 0)
		close(handle);
	call->error = 0;
	if (sock < 0) {
		/* None there, or the thread has been killed. */
		if (error == EBADF || error == ESRCH)
			return TRACE_READ_OTHER;
		call->error = error;
		return TRACE_READ_BLIND;
	}
	if (fstat(sock, &stat) < 0 || !pidfd_tcp(sock)) {
		close(sock);
		return TRACE_READ_OTHER;
	}
	call->sock = sock;
	call->inode = stat.st_ino;
	return TRACE_READ_CALL;
}

void trace_read_pid(struct traced *call)
{
	if (!call->pid)
		call->pid = process_of(call->thread);
}

void trace_name(struct traced *call)
{
	details_program_of(pidfd_in_proc(call->pid), call->program);
}

void trace_borrow(struct traced *call)
{
	const bool fresh = call->call == CALL_SOCKET || call->call == CALL_ACCEPT;
	const uint64_t before = call->inode;
	const int error = call->error; /* the call's own */

	if (call->call == CALL_CLOSE || (fresh && call->result < 0))
		return;
	if (trace_borrow_fd(call, fresh ? (int)call->result : call->fd) == TRACE_READ_CALL &&
	    !fresh && call->inode != before) {
		/* Closed meanwhile by another thread, and the number given to another socket. */
		close(call->sock);
		call->sock = -1;
	}
	call->inode = before;
	call->error = error;
}

bool trace_privileged(long thread)
{
	char path[PATH_SIZE], capability[64];
	struct stat stat_of;

	snprintf(path, sizeof path, "/proc/%ld/exe", pidfd_in_proc(thread));
	if (stat(path, &stat_of) < 0)
		return false;
	return ((stat_of.st_mode & S_ISUID) && stat_of.st_uid != geteuid()) ||
	       ((stat_of.st_mode & S_ISGID) && stat_of.st_gid != getegid()) ||
	       getxattr(path, "security.capability", capability, sizeof capability) > 0;
}
