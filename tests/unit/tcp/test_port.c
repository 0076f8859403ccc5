/* tcp/port: what is given back. */
#include <fcntl.h>
#include <unistd.h>

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

int main(void)
{
	TEST(a_port_that_was_not_taken_closes_nothing);
	TEST(a_port_is_given_back_once);
	return test_failures != 0;
}
