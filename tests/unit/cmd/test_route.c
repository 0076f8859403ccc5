/* ctest: os=Linux */
/* cmd/limits/route: what the kernel makes of a destination, and from which source. */
#include <errno.h>

#include "cmd/limits/route.h"
#include "tests/lib/test.h"

static void the_destination_is_what_the_kernel_made_of_it(void)
{
	static const struct {
		const char *to, *from, *source, *destination;
		bool by_itself;
	} rows[] = {
	    {"0.0.0.0", NULL, "127.0.0.1:0", "127.0.0.1:80", true},
	    {"127.0.0.1", NULL, "127.0.0.1:0", "127.0.0.1:80", true},
	    {"127.0.0.1", "127.0.0.2", "127.0.0.2:0", "127.0.0.1:80", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct route route;
		struct fault fault;
		union addr to = {0}, from = {0};
		char why[ADDR_WHY], source[ADDR_TEXT], destination[ADDR_TEXT];

		addr_read(rows[i].to, strlen(rows[i].to), &to, why);
		addr_set_port(&to, 80);
		if (rows[i].from)
			addr_read(rows[i].from, strlen(rows[i].from), &from, why);
		CHECK(route_find(&route, &to, &from, &fault) == 0, "row %zu: errno %d", i,
		    fault.error);
		CHECK_TEXT(addr_print(&route.source, source), rows[i].source);
		CHECK_TEXT(addr_print(&route.destination, destination), rows[i].destination);
		CHECK(route.by_itself == rows[i].by_itself, "row %zu: %d", i, route.by_itself);
	}
}

static void a_source_that_is_not_ours_is_refused_by_bind(void)
{
	struct route route;
	struct fault fault = {0};
	const union addr to = addr_loopback(AF_INET, 80);
	union addr from = addr_loopback(AF_INET, 0);

	from.v4.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
	CHECK(route_find(&route, &to, &from, &fault) == -1, "found");
	CHECK(fault.at == CALL_BIND && fault.error == EADDRNOTAVAIL, "call %d, errno %d",
	    (int)fault.at, fault.error);
}

int main(void)
{
	TEST(the_destination_is_what_the_kernel_made_of_it);
	TEST(a_source_that_is_not_ours_is_refused_by_bind);
	return test_failures != 0;
}
