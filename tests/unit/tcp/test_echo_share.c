/* ctest: core wrap=clock_us */
/* tcp/echo_share: places that servers with one bound take, pass on and give back. */
#include <stdlib.h>

#include "clock.h"
#include "tcp/echo_share.h"
#include "tests/lib/test.h"

enum { SERVERS = 3, MOST = 2 };

static struct echo_share *share;
static int64_t now_us;

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int64_t __wrap_clock_us(void);

int64_t __wrap_clock_us(void)
{
	return now_us;
}

static void begin_with(unsigned servers)
{
	free(share);
	share = calloc(1, echo_share_size(servers));
	if (!share)
		abort();
	echo_share_begin(share, servers);
	now_us = 5000000;
}

static void begin(void)
{
	begin_with(SERVERS);
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

/* A server that is stopped, or gone, looks no more. */
static void who_has_not_looked_for_a_second_is_passed_over(void)
{
	for (int64_t later = 1000000; later <= 1000001; later++) {
		begin();
		echo_share_take(share, 0, MOST);
		echo_share_take(share, 0, MOST);
		echo_share_take(share, 1, MOST);
		now_us += later;
		echo_share_leave(share, 0);
		if (later == 1000000)
			check_places(MOST, 1, 1, 0);
		else
			check_places(MOST - 1, 1, 0, 0);
	}
}

/* In turn, from the one behind who leaves. */
static void each_place_goes_to_the_next_that_waits(void)
{
	begin();
	echo_share_take(share, 1, MOST);
	echo_share_take(share, 1, MOST);
	echo_share_take(share, 0, MOST);
	echo_share_take(share, 2, MOST);
	echo_share_leave(share, 1);
	check_places(MOST, 0, 1, 1);
	echo_share_leave(share, 1);
	check_places(MOST, 1, 0, 1);
	/* Who has got one waits no longer. */
	echo_share_leave(share, 2);
	check_places(1, 1, 0, 0);
}

static void a_server_alone_neither_waits_nor_is_asked(void)
{
	begin_with(1);
	CHECK(echo_share_take(share, 0, 1), "no place");
	CHECK(!echo_share_take(share, 0, 1), "a second place");
	CHECK(atomic_load(&share->parts[0].waits_us) == 0, "it waits");
	atomic_store(&share->parts[0].waits_us, 7);
	echo_share_content(share, 0);
	CHECK(atomic_load(&share->parts[0].waits_us) == 7, "it was asked whether it waits");
	echo_share_leave(share, 0);
	CHECK(atomic_load(&share->places) == 0, "%u places", atomic_load(&share->places));
	begin_with(2);
	echo_share_take(share, 0, 1);
	echo_share_take(share, 1, 1);
	CHECK(atomic_load(&share->parts[1].waits_us) == now_us, "of two it does not wait");
	echo_share_content(share, 1);
	CHECK(atomic_load(&share->parts[1].waits_us) == 0, "of two it waits on");
}

/* All of them keep more than there is for them, and this one more than its share. */
static void who_owes_too_much_is_told(void)
{
	static const struct {
		int64_t first, second;
		bool too_much; /* the first */
	} rows[] = {
	    {0, 0, false},
	    {300, 0, false},
	    {301, 0, true},
	    {101, 199, false},
	    {101, 200, true},
	    {100, 300, false},
	    {100, 0, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		echo_share_owe(share, 0, rows[i].first + 50);
		echo_share_owe(share, 0, -50);
		echo_share_owe(share, 1, rows[i].second);
		CHECK(atomic_load(&share->owed) ==
			  (unsigned long long)(rows[i].first + rows[i].second),
		    "row %zu: %llu", i, atomic_load(&share->owed));
		CHECK(echo_share_owes_too_much(share, 0, 300) == rows[i].too_much, "row %zu", i);
	}
}

static void of_a_server_that_is_gone_nothing_is_kept(void)
{
	begin();
	echo_share_take(share, 0, 4);
	echo_share_take(share, 1, 4);
	echo_share_take(share, 1, 4);
	echo_share_take(share, 1, 4);
	echo_share_take(share, 2, 4); /* waits */
	echo_share_take(share, 1, 4); /* likewise */
	echo_share_owe(share, 0, 100);
	echo_share_owe(share, 1, 1000);
	echo_share_leave(share, 0); /* granted to the second */
	check_places(4, 0, 4, 0);
	echo_share_bury(share, 1);
	check_places(1, 0, 0, 1);
	CHECK(atomic_load(&share->owed) == 100 && atomic_load(&share->parts[1].owed) == 0,
	    "%llu owed, %llu by it", atomic_load(&share->owed), atomic_load(&share->parts[1].owed));
	CHECK(atomic_load(&share->parts[1].granted) == 0 &&
		  atomic_load(&share->parts[1].waits_us) == 0,
	    "%u granted, waits since %lld", atomic_load(&share->parts[1].granted),
	    (long long)atomic_load(&share->parts[1].waits_us));
	CHECK(atomic_load(&share->parts[2].granted) == 1, "%u granted to who waits",
	    atomic_load(&share->parts[2].granted));
}

int main(void)
{
	TEST(there_are_as_many_places_as_are_bound);
	TEST(who_is_content_passes_on_what_was_granted);
	TEST(what_nobody_waits_for_is_free);
	TEST(who_is_content_waits_no_more);
	TEST(a_place_that_its_own_server_waits_for_is_free_for_all);
	TEST(who_has_not_looked_for_a_second_is_passed_over);
	TEST(each_place_goes_to_the_next_that_waits);
	TEST(a_server_alone_neither_waits_nor_is_asked);
	TEST(who_owes_too_much_is_told);
	TEST(of_a_server_that_is_gone_nothing_is_kept);
	free(share);
	return test_failures != 0;
}
