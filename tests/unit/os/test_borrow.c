/* ctest: os=Linux native */
/* os/linux/walk_borrow: which sockets are told to be TCP's without borrowing them. */
#include <netinet/in.h>
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
	return test_failures != 0;
}
