/* ctest: os=Linux wrap=holders_read */
/* os/linux/again: the second look at sockets of which no process was found. */
#include "os/linux/know.h"
#include "tests/lib/test.h"

enum { FEW = 64 };

static struct holder before[FEW + 1];
static unsigned looks;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port);

/* All have gone. */
int __wrap_holders_read(struct holders *holders, unsigned protocols, unsigned port)
{
	(void)protocols;
	(void)port;
	looks++;
	*holders = (struct holders){0};
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void check_left(size_t count, struct network *networks, size_t left)
{
	struct holders holders = {.list = before, .count = count, .networks = networks};

	for (size_t i = 0; i < count; i++)
		before[i] = (struct holder){.inode = i + 1};
	looks = 0;
	CHECK(again_look(&holders) == left && holders.count == left, "%zu of %zu are left",
	    holders.count, count);
	CHECK(looks == (left < count), "%u looks at %zu", looks, count);
}

static void where_few_have_no_process_they_are_looked_for_again(void)
{
	check_left(0, NULL, 0);
	check_left(1, NULL, 0);
	check_left(FEW, NULL, 0);
}

static void where_many_have_none_they_are_not(void)
{
	check_left(FEW + 1, NULL, FEW + 1);
}

/* The second answer would only be of the caller's. */
static void of_several_network_namespaces_none_is_asked_again(void)
{
	static struct network networks[2];

	check_left(1, networks, 1);
}

int main(void)
{
	TEST(where_few_have_no_process_they_are_looked_for_again);
	TEST(where_many_have_none_they_are_not);
	TEST(of_several_network_namespaces_none_is_asked_again);
	return test_failures != 0;
}
