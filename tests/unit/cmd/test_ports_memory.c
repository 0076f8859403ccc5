/* ctest: os=Linux wrap=holders_read wrap=calloc */
/* cmd/limits/ports: where memory runs out. */
#include <errno.h>
#include <stdlib.h>

#include "cmd/limits/ports.h"
#include "os/tunable.h"
#include "tests/lib/listed.h"
#include "tests/lib/test.h"

/* There is no memory for arrays of that many elements (0: for all there is). */
static size_t too_many;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

void *__wrap_calloc(size_t count, size_t size)
{
	return too_many && count == too_many ? NULL : __real_calloc(count, size);
}

/* For all ports, and for those of the range. */
static void without_memory_that_is_told_and_nothing_is_kept(void)
{
	const struct route route = {
	    .source = addr_loopback(AF_INET, 0), .destination = addr_loopback(AF_INET, 80)};
	unsigned low, high;

	if (!tunable_port_range(&low, &high)) {
		printf("skip: the ephemeral range cannot be read\n");
		return;
	}
	const size_t rows[] = {65536, high - low + 1};
	listed[0] = (struct holder){.state = HOLDER_LISTEN,
	    .local = addr_loopback(AF_INET, low),
	    .peer = addr_any(AF_INET, 0),
	    .inode = 1};
	listed_count = 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ports ports = {0};
		const char *call = "";
		too_many = rows[i];
		const int result = ports_read(&ports, &route, &call);
		const int error = errno;
		too_many = 0;
		CHECK(result < 0 && error == ENOMEM, "row %zu: %d, errno %d", i, result, error);
		CHECK_TEXT(call, "malloc");
		CHECK(!ports.holders.list && !ports.taken, "row %zu: %p, %p", i,
		    (void *)ports.holders.list, (void *)ports.taken);
	}
}

int main(void)
{
	TEST(without_memory_that_is_told_and_nothing_is_kept);
	return test_failures != 0;
}
