/* ctest: core wrap=option_unacknowledged wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* tcp/echo_table: which connection is judged when, by a clock and queues that the test sets. */
#include <errno.h>
#include <stdint.h>

#include "tcp/echo_state.h"
#include "tcp/option.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum { IDLE_US = 8000, LOOK_US = 1001, BEGAN_US = 50000, MOST = 1200 };

static int queued[MOST]; /* what the kernel has of each descriptor */
static struct echo echo;
static int called[8], calls; /* of whom */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_option_unacknowledged(int fd);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_option_unacknowledged(int fd)
{
	return queued[fd];
}

static void begin_table(int64_t idle_us)
{
	memset(queued, 0, sizeof queued);
	echo = (struct echo){.plan.idle_us = idle_us, .now_us = BEGAN_US};
	for (int i = 0; i < ECHO_LISTS; i++)
		echo.oldest[i] = echo.newest[i] = -1;
	heap_left = -1;
	calls = 0;
}

static void end_table(void)
{
	for (int i = 0; i < echo.chunk_count; i++)
		free(echo.chunks[i]);
	free(echo.chunks);
	CHECK(heap_pieces == 0, "%ld pieces left", heap_pieces);
}

static struct echo_sock *connect_at(int fd)
{
	struct echo_sock *sock = echo_slot(&echo, fd);

	sock->role = ECHO_CONNECTION;
	echo_link(&echo, sock, fd);
	return sock;
}

static void note_call(struct echo *of, struct echo_sock *sock, int fd)
{
	CHECK(of == &echo && sock == echo_at(&echo, fd), "%d with another's slot", fd);
	if (calls < 8)
		called[calls++] = fd;
}

/* As the server does with one that was silent for too long. */
static void drop_called(struct echo *of, struct echo_sock *sock, int fd)
{
	note_call(of, sock, fd);
	echo_unlink(of, sock);
	*sock = (struct echo_sock){0};
}

static void called_are(size_t line, int count, const int *fds)
{
	CHECK(calls == count, "line %zu: %d called, the first %d", line, calls, called[0]);
	for (int i = 0; i < count && i < calls; i++)
		CHECK(called[i] == fds[i], "line %zu: call %d of %d", line, i, called[i]);
	calls = 0;
}
#define CALLED(...)                                                                                \
	called_are(__LINE__, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)),                    \
	    (const int[]){__VA_ARGS__})

/* The list from both ends, from the oldest. */
static void list_is(size_t line, enum echo_list list, int count, const int *fds)
{
	int at = echo.oldest[list], before = -1;

	for (int i = 0; i < count; i++) {
		CHECK(at == fds[i], "line %zu: place %d has %d", line, i, at);
		if (at != fds[i])
			return;
		CHECK(echo_at(&echo, at)->older == before && echo_at(&echo, at)->list == list,
		    "line %zu: %d before %d, in %d", line, echo_at(&echo, at)->older, at,
		    (int)echo_at(&echo, at)->list);
		before = at;
		at = echo_at(&echo, at)->newer;
	}
	CHECK(at == -1 && echo.newest[list] == before, "line %zu: then %d, the newest %d", line, at,
	    echo.newest[list]);
}
#define LIST(list, ...)                                                                            \
	list_is(__LINE__, list, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)),                 \
	    (const int[]){__VA_ARGS__})
#define LIST_IS_EMPTY(list) list_is(__LINE__, list, 0, NULL)

static void each_descriptor_has_one_slot_that_stays(void)
{
	static const int fds[] = {0, 255, 256, 1000, 257, 1023, 1, 511, 512};
	struct echo_sock *slots[sizeof fds / sizeof *fds];

	begin_table(0);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		slots[i] = echo_slot(&echo, fds[i]);
		CHECK(slots[i] && slots[i]->role == ECHO_FREE && !slots[i]->owed,
		    "%d has none, or one in use", fds[i]);
		if (slots[i])
			slots[i]->bytes = (uint64_t)fds[i] + 1;
	}
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		const int count = echo.chunk_count;
		CHECK(echo_slot(&echo, fds[i]) == slots[i] && echo_at(&echo, fds[i]) == slots[i] &&
			  slots[i]->bytes == (uint64_t)fds[i] + 1 && echo.chunk_count == count,
		    "%d has another", fds[i]);
	}
	end_table();
}

static void the_table_grows_to_twice_what_is_asked_for(void)
{
	static const struct {
		int fd, pieces;
	} rows[] = {{255, 1}, {256, 3}, {600, 3}, {1000, 7}};

	begin_table(0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(echo_slot(&echo, rows[i].fd), "no slot for %d", rows[i].fd);
		CHECK(echo.chunk_count == rows[i].pieces, "%d: room for %d", rows[i].fd,
		    echo.chunk_count);
	}
	end_table();
}

static void without_memory_there_is_no_slot_and_the_others_stay(void)
{
	begin_table(0);
	heap_left = 0;
	CHECK(!echo_slot(&echo, 5) && errno == ENOMEM && echo.chunk_count == 0, "room for %d",
	    echo.chunk_count);
	heap_left = 1;
	CHECK(!echo_slot(&echo, 5) && errno == ENOMEM, "a slot without memory");
	echo_each(&echo, note_call);
	CHECK(calls == 0, "%d connections", calls);
	CHECK(echo_worst_debtor(&echo) == -1, "%d owes", echo_worst_debtor(&echo));
	heap_left = -1;
	struct echo_sock *slot = echo_slot(&echo, 5);
	heap_left = 0;
	CHECK(slot && echo_slot(&echo, 6) == slot + 1, "no slot where there is room");
	CHECK(!echo_slot(&echo, 700) && echo.chunk_count == 1, "room for %d", echo.chunk_count);
	CHECK(echo_at(&echo, 5) == slot, "another slot");
	end_table();
}

static void each_connection_is_called_once_and_nothing_else(void)
{
	begin_table(0);
	connect_at(4);
	echo_slot(&echo, 5)->role = ECHO_LISTENER;
	connect_at(767); /* the last of its piece, behind one that is missing */
	connect_at(0);
	echo_each(&echo, note_call);
	CALLED(0, 4, 767);
	echo_each(&echo, drop_called);
	CALLED(0, 4, 767);
	echo_each(&echo, note_call);
	CHECK(calls == 0, "%d left", calls);
	end_table();
}

static void without_a_time_of_silence_no_list_is_kept(void)
{
	begin_table(0);
	struct echo_sock *sock = connect_at(4);
	connect_at(5);
	CHECK(sock->moved_us == BEGAN_US, "moved at %lld", (long long)sock->moved_us);
	echo.now_us += 7;
	echo_touch(&echo, sock, 4);
	CHECK(sock->moved_us == BEGAN_US + 7, "moved at %lld", (long long)sock->moved_us);
	echo_unlink(&echo, sock);
	for (int i = 0; i < ECHO_LISTS; i++)
		CHECK(echo.oldest[i] == -1 && echo.newest[i] == -1, "list %d: %d to %d", i,
		    echo.oldest[i], echo.newest[i]);
	CHECK(echo_idle_at(&echo) == INT64_MAX, "at %lld", (long long)echo_idle_at(&echo));
	end_table();
}

static void who_moves_goes_to_the_end_and_who_leaves_joins_its_neighbours(void)
{
	begin_table(IDLE_US);
	for (int fd = 0; fd < 5; fd++)
		connect_at(fd);
	LIST(ECHO_UNTAKEN, 0, 1, 2, 3, 4);
	LIST_IS_EMPTY(ECHO_MOVED);
	echo.now_us += 10;
	echo_touch(&echo, echo_at(&echo, 0), 0);
	echo_touch(&echo, echo_at(&echo, 2), 2);
	LIST(ECHO_UNTAKEN, 1, 3, 4, 0, 2);
	CHECK(echo_at(&echo, 0)->moved_us == BEGAN_US + 10 &&
		  echo_at(&echo, 0)->looked_us == BEGAN_US + 10,
	    "moved at %lld, looked at %lld", (long long)echo_at(&echo, 0)->moved_us,
	    (long long)echo_at(&echo, 0)->looked_us);
	echo_touch(&echo, echo_at(&echo, 2), 2);
	LIST(ECHO_UNTAKEN, 1, 3, 4, 0, 2);
	echo_unlink(&echo, echo_at(&echo, 4));
	LIST(ECHO_UNTAKEN, 1, 3, 0, 2);
	echo_unlink(&echo, echo_at(&echo, 1));
	LIST(ECHO_UNTAKEN, 3, 0, 2);
	echo_unlink(&echo, echo_at(&echo, 2));
	LIST(ECHO_UNTAKEN, 3, 0);
	echo_unlink(&echo, echo_at(&echo, 0));
	echo_unlink(&echo, echo_at(&echo, 3));
	LIST_IS_EMPTY(ECHO_UNTAKEN);
	CHECK(echo_idle_at(&echo) == INT64_MAX, "at %lld", (long long)echo_idle_at(&echo));
	end_table();
}

/* One connection that has all of its echo: a look finds that, and then its silence counts alone. */
static void who_has_all_is_judged_once_when_its_silence_is_over(void)
{
	begin_table(IDLE_US);
	connect_at(4);
	CHECK(echo_idle_at(&echo) == BEGAN_US + LOOK_US, "at %lld", (long long)echo_idle_at(&echo));
	echo.now_us = BEGAN_US + LOOK_US - 1;
	echo_judge(&echo, drop_called);
	LIST(ECHO_UNTAKEN, 4);
	echo.now_us = BEGAN_US + LOOK_US;
	echo_judge(&echo, drop_called);
	LIST_IS_EMPTY(ECHO_UNTAKEN);
	LIST(ECHO_MOVED, 4);
	CHECK(echo_idle_at(&echo) == BEGAN_US + IDLE_US, "at %lld", (long long)echo_idle_at(&echo));
	echo.now_us = BEGAN_US + IDLE_US - 1;
	echo_judge(&echo, drop_called);
	CHECK(calls == 0, "%d dropped too early", called[0]);
	connect_at(5);
	CHECK(echo_idle_at(&echo) == BEGAN_US + IDLE_US, "at %lld", (long long)echo_idle_at(&echo));
	echo.now_us++;
	echo_judge(&echo, drop_called);
	CALLED(4);
	LIST_IS_EMPTY(ECHO_MOVED);
	LIST(ECHO_UNTAKEN, 5);
	end_table();
}

/* Sent are 100 bytes; what the kernel has of them at each look tells whether the peer takes any. */
static void who_goes_on_taking_its_echo_is_not_silent(void)
{
	begin_table(IDLE_US);
	struct echo_sock *sock = connect_at(4);
	sock->bytes = 100;
	queued[4] = 100;
	echo.now_us = BEGAN_US + IDLE_US - 1;
	echo_judge(&echo, drop_called);
	LIST(ECHO_UNTAKEN, 4);
	CHECK(sock->taken == 0 && sock->moved_us == BEGAN_US, "%u taken, moved at %lld",
	    (unsigned)sock->taken, (long long)sock->moved_us);
	/* It takes one byte at the last moment. */
	queued[4] = 99;
	echo.now_us += LOOK_US;
	const int64_t took_us = echo.now_us;
	echo_judge(&echo, drop_called);
	CHECK(calls == 0 && sock->taken == 1 && sock->moved_us == took_us, "%u taken, %lld",
	    (unsigned)sock->taken, (long long)sock->moved_us);
	/* The same one is no second one. */
	echo.now_us = took_us + IDLE_US - 1;
	echo_judge(&echo, drop_called);
	CHECK(calls == 0 && sock->moved_us == took_us, "moved at %lld", (long long)sock->moved_us);
	/* Of two the one that took is kept. */
	connect_at(5)->bytes = 60;
	queued[5] = 60;
	echo_at(&echo, 5)->moved_us = took_us;
	echo.now_us += LOOK_US;
	queued[5] = 20;
	echo_judge(&echo, drop_called);
	CALLED(4);
	LIST(ECHO_UNTAKEN, 5);
	CHECK(echo_at(&echo, 5)->taken == 40, "%u taken", (unsigned)echo_at(&echo, 5)->taken);
	end_table();
}

static void exactly_the_time_of_silence_is_too_long(void)
{
	begin_table(IDLE_US);
	connect_at(4)->bytes = 10;
	queued[4] = 10;
	echo.now_us = BEGAN_US + IDLE_US;
	echo_judge(&echo, drop_called);
	CALLED(4);
	end_table();
}

static void what_is_owed_is_not_taken_though_the_kernel_has_nothing(void)
{
	static char owed[4];

	begin_table(IDLE_US);
	connect_at(4)->owed = owed;
	echo.now_us = BEGAN_US + LOOK_US;
	echo_judge(&echo, drop_called);
	LIST(ECHO_UNTAKEN, 4);
	LIST_IS_EMPTY(ECHO_MOVED);
	echo.now_us = BEGAN_US + IDLE_US;
	echo_judge(&echo, drop_called);
	CALLED(4);
	/* The kernel's queue may count more than bytes, as a FIN: nothing is taken then. */
	struct echo_sock *sock = connect_at(5);
	sock->bytes = 8;
	queued[5] = 9;
	echo.now_us += LOOK_US;
	echo_judge(&echo, drop_called);
	CHECK(sock->taken == 0, "%llu taken", (unsigned long long)sock->taken);
	end_table();
}

static void who_owes_most_is_the_worst_and_of_equals_the_longest_silent(void)
{
	static char owed[4];

	begin_table(0);
	CHECK(echo_worst_debtor(&echo) == -1, "%d owes", echo_worst_debtor(&echo));
	connect_at(0)->len = 99; /* it owes nothing: all is sent */
	CHECK(echo_worst_debtor(&echo) == -1, "%d owes", echo_worst_debtor(&echo));
	echo_at(&echo, 0)->owed = owed;
	echo_at(&echo, 0)->len = 4;
	CHECK(echo_worst_debtor(&echo) == 0, "%d owes", echo_worst_debtor(&echo));
	static const struct {
		int fd;
		uint32_t len;
		int64_t moved_us;
		int worst;
	} rows[] = {{300, 5, 100, 300}, {301, 6, 100, 301}, {302, 6, 100, 301}, {299, 6, 100, 299},
	    {303, 6, 99, 303}, {298, 5, 1, 303}, {767, 7, 500, 767}, {298, 8, 900, 298}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct echo_sock *sock = echo_slot(&echo, rows[i].fd);
		sock->role = ECHO_CONNECTION;
		sock->owed = owed;
		sock->len = rows[i].len;
		sock->moved_us = rows[i].moved_us;
		CHECK(echo_worst_debtor(&echo) == rows[i].worst, "row %zu: %d", i,
		    echo_worst_debtor(&echo));
	}
	echo_at(&echo, 298)->role = ECHO_LISTENER;
	CHECK(echo_worst_debtor(&echo) == 767, "%d", echo_worst_debtor(&echo));
	end_table();
}

int main(void)
{
	TEST(each_descriptor_has_one_slot_that_stays);
	TEST(the_table_grows_to_twice_what_is_asked_for);
	TEST(without_memory_there_is_no_slot_and_the_others_stay);
	TEST(each_connection_is_called_once_and_nothing_else);
	TEST(without_a_time_of_silence_no_list_is_kept);
	TEST(who_moves_goes_to_the_end_and_who_leaves_joins_its_neighbours);
	TEST(who_has_all_is_judged_once_when_its_silence_is_over);
	TEST(who_goes_on_taking_its_echo_is_not_silent);
	TEST(exactly_the_time_of_silence_is_too_long);
	TEST(what_is_owed_is_not_taken_though_the_kernel_has_nothing);
	TEST(who_owes_most_is_the_worst_and_of_equals_the_longest_silent);
	return test_failures != 0;
}
