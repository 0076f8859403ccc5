/* ctest: core wrap=call_poll wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* tcp/ready by poll: what poll(2) is given, and in which order its answer is told. */
#include <errno.h>
#include <poll.h>

#include "tcp/call.h"
#include "tcp/ready.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum { MOST = 600, TEXT_MOST = 512, BOTH = READY_IN | READY_OUT };

static short answers[MOST]; /* of each descriptor, as poll says it */
static int poll_error, given_ms, given_count;
static char given[TEXT_MOST]; /* "4:in,out" of each, in order */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void append_to(char text[TEXT_MOST], int fd, bool in, bool out, bool other)
{
	const size_t at = strlen(text);

	snprintf(text + at, TEXT_MOST - at, "%s%d%s%s%s", at ? " " : "", fd, in ? "i" : "",
	    out ? "o" : "", other ? "?" : "");
}

int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	int ready = 0;

	*given = 0;
	given_ms = wait_ms;
	given_count = (int)n;
	for (nfds_t i = 0; i < n; i++) {
		const short events = fds[i].events;
		append_to(given, fds[i].fd, events & POLLIN, events & POLLOUT,
		    events & ~(POLLIN | POLLOUT));
		fds[i].revents = answers[fds[i].fd];
		ready += fds[i].revents != 0;
	}
	errno = poll_error;
	return poll_error ? -1 : ready;
}

static struct ready *begin_ready(enum ready_kind kind)
{
	heap_left = -1;
	poll_error = 0;
	memset(answers, 0, sizeof answers);
	return ready_new(kind);
}

static void end_ready(struct ready *ready)
{
	ready_free(ready);
	CHECK(heap_pieces == 0, "%ld pieces left", heap_pieces);
	heap_left = -1; /* gcov asks for some at the end */
}

/* All that is told in one turn. */
static void turn_tells(size_t line, struct ready *ready, const char *want)
{
	char told[TEXT_MOST] = "";
	unsigned events;
	int fd;

	ready_wait(ready, 0);
	while (ready_next(ready, &fd, &events))
		append_to(
		    told, fd, events & READY_IN, events & READY_OUT, events & ~(unsigned)BOTH);
	CHECK(strcmp(told, want) == 0, "line %zu: \"%s\"", line, told);
}
#define TELLS(want) turn_tells(__LINE__, ready, want)

static void poll_is_given_what_is_watched_without_holes(void)
{
	struct ready *ready = begin_ready(READY_POLL);

	CHECK(ready_wait(ready, 25) == 0 && given_count == 0 && given_ms == 25, "%d for %d ms",
	    given_count, given_ms);
	ready_set(ready, 0, READY_IN);
	ready_set(ready, 500, READY_OUT);
	ready_set(ready, 63, BOTH);
	ready_set(ready, 64, READY_IN);
	CHECK(ready_wait(ready, -1) == 0 && given_ms == -1, "for %d ms", given_ms);
	CHECK_TEXT(given, "0i 500o 63io 64i");
	ready_set(ready, 63, READY_IN);
	ready_set(ready, 500, BOTH);
	TELLS("");
	CHECK_TEXT(given, "0i 500io 63i 64i");
	/* The last one moves into the place of one that goes, also where that is itself. */
	ready_set(ready, 500, 0);
	TELLS("");
	CHECK_TEXT(given, "0i 64i 63i");
	ready_forget(ready, 63);
	TELLS("");
	CHECK_TEXT(given, "0i 64i");
	ready_set(ready, 64, READY_OUT);
	ready_set(ready, 500, READY_IN);
	TELLS("");
	CHECK_TEXT(given, "0i 64o 500i");
	/* What is not watched cannot go. */
	ready_forget(ready, 63);
	ready_forget(ready, MOST);
	ready_forget(ready, 1000000);
	ready_set(ready, 1000000, 0);
	TELLS("");
	CHECK_TEXT(given, "0i 64o 500i");
	end_ready(ready);
}

static void each_is_told_once_a_turn_from_another_place_on(void)
{
	struct ready *ready = begin_ready(READY_POLL);

	for (int fd = 4; fd < 8; fd++) {
		ready_set(ready, fd, READY_IN);
		answers[fd] = POLLIN;
	}
	TELLS("5i 4i 7i 6i");
	TELLS("6i 5i 4i 7i");
	TELLS("7i 6i 5i 4i");
	TELLS("4i 7i 6i 5i");
	TELLS("5i 4i 7i 6i");
	answers[5] = answers[7] = 0;
	TELLS("6i 4i");
	/* Fewer than before: it begins anew. */
	answers[5] = POLLIN;
	ready_set(ready, 7, 0);
	ready_set(ready, 6, 0);
	TELLS("4i 5i");
	end_ready(ready);
}

static void what_poll_says_is_told_as_far_as_it_is_watched_for(void)
{
	static const struct {
		unsigned watched;
		short answer;
		const char *told;
	} rows[] = {
	    {READY_IN, POLLIN, "4i"},
	    {READY_OUT, POLLOUT, "4o"},
	    {BOTH, POLLIN, "4i"},
	    {BOTH, POLLOUT, "4o"},
	    {BOTH, POLLIN | POLLOUT, "4io"},
	    {READY_IN, POLLOUT, ""},
	    {READY_OUT, POLLIN, ""},
	    {READY_IN, POLLERR, "4i"},
	    {READY_OUT, POLLERR, "4o"},
	    {BOTH, POLLHUP, "4i"},
	    {READY_OUT, POLLNVAL, "4o"},
	    {READY_OUT, POLLIN | POLLHUP, "4o"},
	    {BOTH, POLLOUT | POLLERR, "4io"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ready *ready = begin_ready(READY_POLL);
		ready_set(ready, 3, READY_IN);
		ready_set(ready, 4, rows[i].watched);
		answers[4] = rows[i].answer;
		turn_tells(i, ready, rows[i].told);
		end_ready(ready);
	}
}

static void one_taken_off_meanwhile_is_not_told_and_nobody_twice(void)
{
	struct ready *ready = begin_ready(READY_POLL);
	unsigned events;
	int fd = -1, told[10] = {0}, count = 0;

	for (int i = 4; i < 8; i++) {
		ready_set(ready, i, READY_IN);
		answers[i] = POLLIN;
	}
	CHECK(ready_wait(ready, 0) == 4, "not four");
	while (count < 10 && ready_next(ready, &fd, &events)) {
		told[fd]++;
		if (count++ == 0)
			ready_set(ready, 4, 0);
	}
	CHECK(told[4] == 0, "told though taken off");
	for (int i = 5; i < 8; i++)
		CHECK(told[i] <= 1, "%d told %d times", i, told[i]);
	TELLS("6i 5i 7i");
	/* All are taken off: nothing is told. */
	CHECK(ready_wait(ready, 0) == 3, "not three");
	for (int i = 5; i < 8; i++)
		ready_forget(ready, i);
	CHECK(!ready_next(ready, &fd, &events), "%d is told", fd);
	end_ready(ready);
}

/* The walk of this turn begins at the last one, and comes to where nobody is any more. */
static void those_before_ones_taken_off_meanwhile_are_told_once(void)
{
	struct ready *ready = begin_ready(READY_POLL);
	unsigned events;
	int fd = -1, told[10] = {0}, count = 0;

	for (int i = 4; i < 8; i++) {
		ready_set(ready, i, READY_IN);
		answers[i] = POLLIN;
	}
	for (int i = 0; i < 3; i++)
		CHECK(ready_wait(ready, 0) == 4, "not four");
	while (count < 10 && ready_next(ready, &fd, &events)) {
		told[fd]++;
		if (count++ > 0)
			continue;
		CHECK(fd == 7, "%d first", fd);
		ready_set(ready, 4, 0);
		ready_set(ready, 5, 0);
	}
	CHECK(told[4] == 0 && told[5] == 0 && told[6] == 1 && told[7] == 1, "%d, %d, %d, %d",
	    told[4], told[5], told[6], told[7]);
	end_ready(ready);
}

static void a_signal_ends_the_wait_and_a_failure_is_told(void)
{
	struct ready *ready = begin_ready(READY_POLL);
	unsigned events;
	int fd = -1;

	ready_set(ready, 4, READY_IN);
	answers[4] = POLLIN;
	poll_error = EINTR;
	CHECK(ready_wait(ready, 0) == 0 && !ready_next(ready, &fd, &events), "%d is told", fd);
	poll_error = ENOMEM;
	CHECK(ready_wait(ready, 0) == -1 && errno == ENOMEM && !ready_next(ready, &fd, &events),
	    "errno %d", errno);
	end_ready(ready);
}

static void without_memory_the_set_stays_as_it_was(void)
{
	for (int i = 0; i < 2; i++) {
		heap_left = i;
		ready_refuse("nobody");
		CHECK(!ready_new(READY_POLL) && errno == ENOMEM, "errno %d", errno);
		CHECK_TEXT(ready_refused(), "malloc");
		CHECK(heap_pieces == 0, "%ld pieces left", heap_pieces);
	}
	struct ready *ready = begin_ready(READY_POLL);
	CHECK_TEXT(ready_name(ready), "poll");
	for (int i = 0; i < 3; i++) {
		heap_left = i > 0;
		ready_refuse("nobody");
		CHECK(ready_set(ready, 4, READY_IN) == -1 && errno == ENOMEM, "errno %d", errno);
		CHECK_TEXT(ready_refused(), "malloc");
		CHECK(ready_wait(ready, 0) == 0 && given_count == 0, "%d given", given_count);
	}
	heap_left = 1;
	CHECK(ready_set(ready, 4, READY_IN) == 0, "errno %d", errno);
	heap_left = 0;
	CHECK(ready_set(ready, 63, READY_OUT) == 0 && ready_set(ready, 4, BOTH) == 0,
	    "no room where there is some");
	CHECK(ready_set(ready, 64, READY_IN) == -1, "room where there is none");
	TELLS("");
	CHECK_TEXT(given, "4io 63o");
	heap_left = -1;
	/* Taking off needs none, and frees the place. */
	for (int fd = 100; fd < 162; fd++)
		CHECK(ready_set(ready, fd, READY_IN) == 0, "errno %d", errno);
	heap_left = 0;
	CHECK(ready_set(ready, 99, READY_IN) == -1, "room for the 65th");
	CHECK(
	    ready_set(ready, 63, 0) == 0 && ready_set(ready, 99, READY_IN) == 0, "errno %d", errno);
	heap_left = -1;
	CHECK(ready_set(ready, 98, READY_IN) == 0 && ready_wait(ready, 0) == 0 && given_count == 65,
	    "%d given", given_count);
	end_ready(ready);
	ready_free(NULL);
	/* Room grows to where the number of the descriptor is, and beyond. */
	ready = begin_ready(READY_POLL);
	CHECK(ready_set(ready, 64, READY_IN) == 0, "errno %d", errno);
	heap_left = 0;
	CHECK(ready_set(ready, 127, READY_IN) == 0 && ready_set(ready, 128, READY_IN) == -1,
	    "errno %d", errno);
	end_ready(ready);
}

int main(void)
{
	TEST(poll_is_given_what_is_watched_without_holes);
	TEST(each_is_told_once_a_turn_from_another_place_on);
	TEST(what_poll_says_is_told_as_far_as_it_is_watched_for);
	TEST(one_taken_off_meanwhile_is_not_told_and_nobody_twice);
	TEST(those_before_ones_taken_off_meanwhile_are_told_once);
	TEST(a_signal_ends_the_wait_and_a_failure_is_told);
	TEST(without_memory_the_set_stays_as_it_was);
	return test_failures != 0;
}
