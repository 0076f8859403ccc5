#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "os/linux/borrow.h"
#include "tcp/option.h"

enum { THREAD = 0200 }; /* PIDFD_THREAD: linux/pidfd.h */

#if HAVE_PIDFD_GETFD
static int open_task(const struct task *task)
{
	return task->thread ? (int)syscall(SYS_pidfd_open, (pid_t)task->thread, THREAD)
			    : (int)syscall(SYS_pidfd_open, (pid_t)task->pid, 0);
}

static int borrow_fd(int process, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, process, fd, 0);
}
#else
static int open_task(const struct task *task)
{
	(void)task;
	errno = ENOSYS;
	return -1;
}

static int borrow_fd(int process, int fd)
{
	(void)process;
	(void)fd;
	errno = ENOSYS;
	return -1;
}
#endif

/* That it is not permitted is told otherwise. */
static void note_shortage(struct walk *walk)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		walk_error(walk, errno);
}

int borrow_open(struct walk *walk, const struct task *task)
{
	const int fd = open_task(task);

	if (fd < 0)
		note_shortage(walk);
	return fd;
}

void borrow_options(struct walk *walk, struct holder *holder, int process, const char *name)
{
	const int fd = borrow_fd(process, (int)strtol(name, NULL, 10));
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
