/* ctest: os=Linux wrap=sock_diag_open wrap=sock_diag_ask wrap=clock_us */
/* os/linux/census: connections of a kernel that is written down, and a time that is over. */
#include <fcntl.h>
#include <unistd.h>

#include "clock.h"
#include "os/holder.h"
#include "os/linux/sock_diag.h"
#include "tests/lib/test.h"

enum { PORT = 80, UNTIL_US = 1000 };

static unsigned sockets; /* of the kernel */
static int looks;        /* at the clock */
static int over_from;    /* the look that finds the time over */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_sock_diag_open(void);
int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who);
int64_t __wrap_clock_us(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_sock_diag_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_sock_diag_ask(int fd, const struct diag_query *query, diag_each *each, void *who)
{
	(void)fd;
	(void)query;
	for (unsigned i = 0; i < sockets; i++) {
		const struct holder holder = {.state = HOLDER_ESTABLISHED,
		    .local = addr_loopback(AF_INET, 1024 + i % 100),
		    .peer = addr_loopback(AF_INET, PORT)};
		if (!each(who, &holder))
			return 0;
	}
	return 0;
}

int64_t __wrap_clock_us(void)
{
	return ++looks >= over_from ? UNTIL_US : UNTIL_US - 1;
}

static struct census take(unsigned count, int over)
{
	static unsigned char ports[8192];
	struct census census = {0};
	const struct census_query query = {.to = addr_loopback(AF_INET, 0),
	    .bytes = 4,
	    .ports = ports,
	    .until_us = UNTIL_US,
	    .stop = -1};

	ports[PORT / 8] = 1u << PORT % 8;
	sockets = count;
	looks = 0;
	over_from = over;
	CHECK(census_take(&query, &census) == 0, "not taken");
	return census;
}

static void the_clock_is_looked_at_once_in_64_sockets(void)
{
	const struct census census = take(129, 100);

	CHECK(census.connections == 129, "%llu", (unsigned long long)census.connections);
	CHECK(census.sources == 100, "%u", census.sources);
	CHECK(!census.cut, "cut");
	CHECK(looks == 3, "%d looks", looks);
}

static void what_the_time_cut_is_told(void)
{
	struct census census = take(1, 1);

	CHECK(census.cut && census.connections == 0, "cut %d after %llu", census.cut,
	    (unsigned long long)census.connections);
	census = take(1000, 2);
	CHECK(census.cut && census.connections == 64, "cut %d after %llu", census.cut,
	    (unsigned long long)census.connections);
}

int main(void)
{
	TEST(the_clock_is_looked_at_once_in_64_sockets);
	TEST(what_the_time_cut_is_told);
	return test_failures != 0;
}
