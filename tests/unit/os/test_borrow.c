/* ctest: os=Linux native */
/* os/linux/walk_borrow: which sockets are told to be TCP's without borrowing them. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/linux/walk_borrow.h"
#include "tests/lib/test.h"

enum { PROTO_MPTCP = 262 };

static bool told(int fd)
{
	const struct task task = {.pid = getpid()};
	char name[16];

	snprintf(name, sizeof name, "%d", fd);
	return borrow_is_tcp(&task, name);
}

static void tcp_is_told_from_other_protocols(void)
{
	static const struct {
		int family, type, protocol;
		bool tcp;
	} rows[] = {
	    {AF_INET, SOCK_STREAM, 0, true},
	    {AF_INET6, SOCK_STREAM, 0, true},
	    {AF_INET, SOCK_STREAM, PROTO_MPTCP, true},
	    {AF_INET6, SOCK_STREAM, PROTO_MPTCP, true},
	    {AF_INET, SOCK_DGRAM, 0, false},
	    {AF_INET6, SOCK_DGRAM, 0, false},
	    {AF_UNIX, SOCK_STREAM, 0, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const int fd = socket(rows[i].family, rows[i].type, rows[i].protocol);
		if (fd < 0)
			continue; /* not here: IPv6, MPTCP */
		CHECK(told(fd) == rows[i].tcp, "row %zu: %d", i, told(fd));
		close(fd);
	}
}

static void what_does_not_tell_may_be_tcp(void)
{
	int ends[2];

	if (pipe(ends) < 0) {
		CHECK(false, "no pipe");
		return;
	}
	CHECK(told(ends[0]), "told of a pipe");
	close(ends[0]);
	close(ends[1]);
	CHECK(told(1000000), "told of nothing");
}

/* What is told of opening the process; -1 where it was opened. */
static int error_of(long pid)
{
	struct holders holders = {0};
	struct walk walk = {.holders = &holders};
	const struct task task = {.pid = pid};
	const int fd = borrow_open(&walk, &task);

	if (fd < 0)
		return holders.error;
	close(fd);
	return -1;
}

/* With one descriptor more it would have been found; a process that is not there would not. */
static void a_shortage_is_told_and_nothing_else(void)
{
	struct rlimit limit;

	if (error_of(getpid()) != -1)
		return; /* before Linux 5.3 */
	CHECK(error_of(0) == 0, "%s of none", strerror(error_of(0)));
	getrlimit(RLIMIT_NOFILE, &limit);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max});
	const int error = error_of(getpid());
	setrlimit(RLIMIT_NOFILE, &limit);
	CHECK(error == EMFILE, "errno %d without descriptors", error);
}

int main(void)
{
	char path[64], protocol[32];
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (getxattr(path, "system.sockprotoname", protocol, sizeof protocol) < 0) {
		printf("skip: sockets do not tell their protocol here\n");
		return 77;
	}
	TEST(tcp_is_told_from_other_protocols);
	TEST(what_does_not_tell_may_be_tcp);
	TEST(a_shortage_is_told_and_nothing_else);
	return test_failures != 0;
}
