#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/linux/pidfd.h"
#include "os/linux/walk_borrow.h"
#include "tcp/option.h"

enum {
	BOUND_TO_INTERFACE = 62, /* SO_BINDTOIFINDEX: asm-generic/socket.h */
	SOCKET_NETWORK =
	    0x894c, /* SIOCGSKNS: linux/sockios.h; needs CAP_NET_ADMIN, and Linux 4.9 */
	BORROW_PATH = 340,
};

/* That it is not permitted is told otherwise. */
static void note_shortage(struct walk *walk)
{
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		walk_error(walk, errno);
}

int borrow_open(struct walk *walk, const struct task *task)
{
	/* That number would be another process. */
	if (walk->holders->outer_proc)
		return -1;
	const int fd = pidfd_of(task->thread ? task->thread : task->pid, task->thread != 0);

	if (fd < 0)
		note_shortage(walk);
	return fd;
}

/* tcp(7): TCP_DEFER_ACCEPT. */
static bool defers_accept(int fd)
{
	int seconds = 0;
	socklen_t len = sizeof seconds;

	return getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &len) == 0 && seconds > 0;
}

static void read_socket_options(int fd, struct holder *holder)
{
	/* Then the first acknowledgement of each connection is dropped, and counted as well: Linux, tcp_check_req. */
	if (holder->state == HOLDER_LISTEN && holder->drops > 0 && defers_accept(fd))
		holder->drops = -1;
	holder->reuseaddr = option_get(fd, OPTION_REUSEADDR);
	holder->reuseport = option_get(fd, OPTION_REUSEPORT);
	holder->v6only = holder->local.any.sa_family == AF_INET6 && option_get(fd, OPTION_V6ONLY);
}

void borrow_options(struct walk *walk, struct holder *holder, int process, const char *name)
{
	const int fd = pidfd_take(process, (int)strtol(name, NULL, 10));
	struct stat stat;

	if (fd < 0) {
		note_shortage(walk);
		return;
	}
	/* The number may have become another file by now. */
	if (fstat(fd, &stat) == 0 && stat.st_ino == holder->inode)
		read_socket_options(fd, holder);
	close(fd);
}

bool borrow_is_tcp(const struct task *task, const char *name)
{
	char path[BORROW_PATH], protocol[32];

	snprintf(
	    path, sizeof path, "/proc/%ld/fd/%s", task->thread ? task->thread : task->pid, name);
	const ssize_t n = getxattr(path, "system.sockprotoname", protocol, sizeof protocol - 1);
	if (n < 0)
		return true;
	protocol[n] = 0;
	return strncmp(protocol, "TCP", 3) == 0 || strncmp(protocol, "MPTCP", 5) == 0;
}

/* Whether the socket is of the caller's network; where the kernel does not tell that, whether its process is, or may be. */
static bool is_of_this_network(int fd, const struct task *task)
{
	struct stat here, there;
	const int network = ioctl(fd, SOCKET_NETWORK);
	const int told =
	    network < 0 ? fstatat(task->dir, "ns/net", &there, 0) : fstat(network, &there);

	if (network >= 0)
		close(network);
	return told < 0 || stat("/proc/self/ns/net", &here) < 0 ||
	       (here.st_dev == there.st_dev && here.st_ino == there.st_ino);
}

/* Fills in what can be asked of the socket itself. False where it is none of TCP, or at no port. */
static bool ask_socket(int fd, struct holder *holder)
{
	socklen_t len = sizeof holder->local;
	const int protocol = pidfd_tcp(fd), device = pidfd_option(fd, BOUND_TO_INTERFACE);

	if (!protocol || getsockname(fd, &holder->local.any, &len) < 0)
		return false;
	holder->mptcp = protocol != IPPROTO_TCP;
	holder->device = device > 0 ? (unsigned)device : 0;
	return addr_port(&holder->local) != 0;
}

void borrow_bound(
    struct walk *walk, const struct task *task, int process, const char *name, uint64_t inode)
{
	const int fd = pidfd_take(process, (int)strtol(name, NULL, 10));
	struct holder holder = {
	    .state = HOLDER_BOUND, .inode = inode, .left_ms = -1, .most_ms = -1, .drops = -1};
	struct stat stat;

	if (fd < 0) {
		note_shortage(walk);
		return;
	}
	if (fstat(fd, &stat) == 0 && stat.st_ino == inode && ask_socket(fd, &holder) &&
	    is_of_this_network(fd, task) &&
	    (!walk->holders->port || addr_port(&holder.local) == walk->holders->port)) {
		holder.uid = (long)stat.st_uid == walk->unmapped ? -1 : (long)stat.st_uid;
		read_socket_options(fd, &holder);
		struct holder *list =
		    walk_grow(walk->bound, walk->bound_count, &walk->bound_room, sizeof *list);
		if (list) {
			walk->bound = list;
			list[walk->bound_count++] = holder;
		} else {
			walk_error(walk, ENOMEM);
		}
	}
	close(fd);
}
