/* ctest: core */
/* tcp/ready: each mechanism tells of what is ready, and of nothing else. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp/ready.h"
#include "tests/lib/test.h"

enum { BOTH = READY_IN | READY_OUT, MANY = 32 };

static const enum ready_kind kinds[] = {READY_AUTO, READY_POLL, READY_EPOLL, READY_KQUEUE};

/* What is told of `fd`, the only one in the set, after one wait without time. */
static unsigned told(struct ready *ready, int fd, unsigned watched)
{
	unsigned events = 0, all = 0;
	int which;

	if (ready_set(ready, fd, watched) < 0) {
		perror("ready_set");
		exit(99);
	}
	ready_wait(ready, 0);
	while (ready_next(ready, &which, &events)) {
		CHECK(which == fd, "descriptor %d, not %d", which, fd);
		all |= events;
	}
	return all;
}

static void a_descriptor_is_ready_for_what_it_is_watched_for_and_can_do(void)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct ready *ready = ready_new(kinds[i]);
		const char *name = ready ? ready_name(ready) : "none";
		int ends[2];
		if (!ready_known(kinds[i])) {
			CHECK(!ready, "one that this system lacks");
			continue;
		}
		if (!ready || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
			perror("socketpair");
			exit(99);
		}
		CHECK(told(ready, ends[0], READY_IN) == 0, "%s: nothing came", name);
		CHECK(told(ready, ends[0], BOTH) == READY_OUT, "%s: there is room, and no more",
		    name);
		CHECK(write(ends[1], "x", 1) == 1, "no byte");
		CHECK(told(ready, ends[0], BOTH) == BOTH, "%s: a byte came", name);
		CHECK(told(ready, ends[0], READY_IN) == READY_IN, "%s: a byte came", name);
		CHECK(told(ready, ends[0], READY_OUT) == READY_OUT, "%s: reading is not asked for",
		    name);
		close(ends[1]);
		CHECK(told(ready, ends[0], READY_IN) == READY_IN, "%s: the peer went", name);
		CHECK(told(ready, ends[0], READY_OUT) == READY_OUT, "%s: the peer went", name);
		ready_set(ready, ends[0], 0);
		close(ends[0]);
		ready_free(ready);
	}
}

/* Each counts once, however often it is set. */
static void another_mechanism_takes_over_from_so_many_descriptors_on(void)
{
	const bool other = ready_known(READY_EPOLL) || ready_known(READY_KQUEUE);
	struct ready *ready = ready_new(READY_AUTO);
	int ends[2], fds[MANY];

	if (!ready || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {
		perror("socketpair");
		exit(99);
	}
	for (int i = 0; i < MANY; i++)
		fds[i] = dup(ends[0]);
	for (int i = 0; i < MANY - 1; i++) {
		CHECK(ready_set(ready, fds[i], READY_IN) == 0, "not set");
		ready_set(ready, fds[i], BOTH);
		ready_set(ready, fds[i], READY_OUT);
		ready_set(ready, fds[i], 0);
		ready_set(ready, fds[i], READY_OUT);
		ready_forget(ready, fds[i]);
		ready_set(ready, fds[i], READY_IN);
	}
	ready_wait(ready, 0);
	CHECK_TEXT(ready_name(ready), "poll");
	ready_set(ready, fds[MANY - 1], READY_IN);
	ready_wait(ready, 0);
	CHECK((strcmp(ready_name(ready), "poll") != 0) == other, "%s", ready_name(ready));
	ready_free(ready);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	TEST(a_descriptor_is_ready_for_what_it_is_watched_for_and_can_do);
	TEST(another_mechanism_takes_over_from_so_many_descriptors_on);
	return test_failures != 0;
}
