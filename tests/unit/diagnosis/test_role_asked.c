/* ctest: native */
/* The role of a socket, where this machine is asked who listens. */
#include <sys/socket.h>
#include <unistd.h>

#include "diagnosis/role.h"
#include "os/tunable.h"
#include "tests/lib/test.h"

/* Both ports are of the range: only who listens now tells. */
static void where_only_one_port_is_known_this_machine_is_asked(void)
{
	union addr addr = addr_loopback(AF_INET, 0);
	socklen_t len = addr_len(&addr);
	unsigned low, high;
	enum role role;

	if (!tunable_port_range(&low, &high))
		return;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, &addr.any, len) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, &addr.any, &len) < 0) {
		CHECK(false, "no listener");
		return;
	}
	const unsigned port = addr_port(&addr), other = port == low ? low + 1 : low;
	struct holder one = {.state = HOLDER_TIME_WAIT,
	    .remnant = true,
	    .local = addr_loopback(AF_INET, other),
	    .peer = addr_loopback(AF_INET, port)};
	const struct holders holders = {.list = &one, .count = 1};
	role_find(&holders, NULL, &role);
	CHECK(role == ROLE_SPENT, "%d beside the listener", role);
	close(fd);
	role_find(&holders, NULL, &role);
	CHECK(role == ROLE_REMNANT, "%d without it", role);
}

int main(void)
{
	TEST(where_only_one_port_is_known_this_machine_is_asked);
	return test_failures != 0;
}
