/* ctest: os=Linux native */
/* tcp/bound: a port is asked for by connecting from it alone. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp/bound.h"
#include "tcp/option.h"
#include "tests/lib/test.h"

static struct bound_inquiry inquiry;

/* A socket bound to a port of the ephemeral range. */
static int bound_socket(unsigned *number)
{
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = addr_len(&addr);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, &addr.any, len) < 0 || getsockname(fd, &addr.any, &len) < 0) {
		perror("bind");
		exit(1);
	}
	*number = addr_port(&addr);
	return fd;
}

static void a_port_is_taken_while_a_socket_is_bound_to_it(void)
{
	unsigned number;
	const int fd = bound_socket(&number);

	for (int i = 0; i < 3; i++)
		CHECK(bound_ask(&inquiry, number) == 1, "not taken, time %d", i);
	close(fd);
	for (int i = 0; i < 3; i++)
		CHECK(bound_ask(&inquiry, number) == 0, "taken, time %d", i);
}

static void nothing_stays_open(void)
{
	const int next = dup(STDOUT_FILENO);

	close(next);
	CHECK(bound_open(&inquiry), "not opened again");
	bound_ask(&inquiry, 40000);
	bound_close(&inquiry);
	CHECK(inquiry.fd < 0 && inquiry.held < 0, "%d, %d", inquiry.fd, inquiry.held);
	const int after = dup(STDOUT_FILENO);
	CHECK(after == next, "descriptor %d, not %d", after, next);
	close(after);
}

int main(void)
{
	unsigned number;
	const bool opened = bound_open(&inquiry);

	test_name = "main";
	CHECK(opened || !option_known(OPTION_PORT_RANGE), "not opened");
	close(bound_socket(&number));
	if (!opened || bound_ask(&inquiry, number) < 0) {
		printf("skip: IP_LOCAL_PORT_RANGE is not heeded here\n");
		return test_failures ? 1 : 77;
	}
	TEST(a_port_is_taken_while_a_socket_is_bound_to_it);
	bound_close(&inquiry);
	TEST(nothing_stays_open);
	return test_failures != 0;
}
