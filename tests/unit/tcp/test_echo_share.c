/* ctest: core */
/* tcp/echo_share: places that servers with one bound take, pass on and give back. */
#include <stdlib.h>

#include "tcp/echo_share.h"
#include "tests/lib/test.h"

enum { SERVERS = 3, MOST = 2 };

static struct echo_share *share;

static void begin(void)
{
	free(share);
	share = calloc(1, echo_share_size(SERVERS));
	if (!share)
		abort();
	echo_share_begin(share, SERVERS);
}

static void check_places(unsigned all, unsigned first, unsigned second, unsigned third)
{
	const unsigned want[SERVERS] = {first, second, third};

	CHECK(atomic_load(&share->places) == all, "%u places, want %u", atomic_load(&share->places),
	    all);
	for (unsigned i = 0; i < SERVERS; i++)
		CHECK(atomic_load(&share->parts[i].places) == want[i], "server %u: %u, want %u", i,
		    atomic_load(&share->parts[i].places), want[i]);
}

static void there_are_as_many_places_as_are_bound(void)
{
	begin();
	CHECK(echo_share_take(share, 0, MOST) && echo_share_take(share, 1, MOST), "not taken");
	CHECK(!echo_share_take(share, 2, MOST), "one too many");
	check_places(MOST, 1, 1, 0);
	echo_share_leave(share, 0);
	check_places(MOST, 0, 1, 1); /* the third has waited for it */
	CHECK(echo_share_take(share, 2, MOST), "not granted");
	CHECK(!echo_share_take(share, 2, MOST), "granted twice");
	check_places(MOST, 0, 1, 1);
}

/* What was granted to a server that wants it no more goes to the next that waits. */
static void who_is_content_passes_on_what_was_granted(void)
{
	begin();
	echo_share_take(share, 0, MOST);
	echo_share_take(share, 0, MOST);
	echo_share_take(share, 1, MOST); /* and both wait */
	echo_share_take(share, 2, MOST);
	echo_share_leave(share, 0);
	check_places(MOST, 1, 1, 0);
	echo_share_content(share, 1);
	check_places(MOST, 1, 0, 1);
	CHECK(atomic_load(&share->parts[1].granted) == 0, "%u granted",
	    atomic_load(&share->parts[1].granted));
	CHECK(!echo_share_take(share, 1, MOST), "granted still");
	CHECK(echo_share_take(share, 2, MOST), "not passed on");
}

static void what_nobody_waits_for_is_free(void)
{
	begin();
	echo_share_take(share, 0, 1);
	echo_share_take(share, 1, 1);
	echo_share_leave(share, 0);
	check_places(1, 0, 1, 0);
	echo_share_content(share, 1);
	check_places(0, 0, 0, 0);
	CHECK(atomic_load(&share->parts[1].granted) == 0, "%u granted",
	    atomic_load(&share->parts[1].granted));
	CHECK(echo_share_take(share, 2, 1), "not taken");
}

/* Nobody grants it a place then. */
static void who_is_content_waits_no_more(void)
{
	begin();
	echo_share_take(share, 0, 1);
	echo_share_take(share, 1, 1);
	echo_share_content(share, 1);
	echo_share_leave(share, 0);
	check_places(0, 0, 0, 0);
}

/* It is one of those that look for one; the first to look has it. */
static void a_place_that_its_own_server_waits_for_is_free_for_all(void)
{
	begin();
	echo_share_take(share, 0, MOST);
	echo_share_take(share, 0, MOST);
	CHECK(!echo_share_take(share, 0, MOST), "one too many");
	echo_share_leave(share, 0);
	check_places(1, 1, 0, 0);
	CHECK(echo_share_take(share, 1, MOST), "kept for who left it");
}

int main(void)
{
	TEST(there_are_as_many_places_as_are_bound);
	TEST(who_is_content_passes_on_what_was_granted);
	TEST(what_nobody_waits_for_is_free);
	TEST(who_is_content_waits_no_more);
	TEST(a_place_that_its_own_server_waits_for_is_free_for_all);
	free(share);
	return test_failures != 0;
}
