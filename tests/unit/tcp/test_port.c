/* tcp/port: what is given back, and a row where there is none. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/netns.h"
#include "tcp/port.h"
#include "tests/lib/test.h"

/* Its lock is 0, as that of a structure that nobody filled in is. */
static void a_port_that_was_not_taken_closes_nothing(void)
{
	struct port port = {0};

	CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0 || dup(STDOUT_FILENO) == STDIN_FILENO, "no 0");
	port_give_back(&port);
	CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0, "0 is closed");
	CHECK(port.number == 0 && port.lock < 0, "%u, %d", port.number, port.lock);
}

static void a_port_is_given_back_once(void)
{
	struct port port;

	CHECK(port_take(&port) == 0 && port.number > 0, "no free port");
	const int lock = port.lock;
	port_give_back(&port);
	CHECK(lock < 0 || fcntl(lock, F_GETFD) < 0, "%d is open", lock);
	CHECK(port.number == 0 && port.lock < 0, "%u, %d", port.number, port.lock);
	port_give_back(&port);
}

/* The kernel gives out three, at the end of all ports, so that the search is short. */
static void a_row_longer_than_the_range_is_refused_as_ports_in_use(void)
{
	struct port ports[4];
	const char *call;

	if (netns_enter(&call) < 0 ||
	    netns_tune("net.ipv4.ip_local_port_range", "65001 65003") < 0) {
		printf("skip: no network of its own, in which the range may be changed\n");
		return;
	}
	errno = 0;
	CHECK(port_take_row(ports, 4) < 0 && errno == EADDRINUSE, "errno %d", errno);
}

int main(void)
{
	TEST(a_port_that_was_not_taken_closes_nothing);
	TEST(a_port_is_given_back_once);
	TEST(a_row_longer_than_the_range_is_refused_as_ports_in_use);
	return test_failures != 0;
}
