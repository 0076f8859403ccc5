/* ctest: core wrap=bind wrap=connect wrap=poll wrap=sock_local wrap=clock_us wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* tcp/timewait: which TIME_WAITs are ended, in which order, and what of that is waited for. The kernel is simulated. */
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/call.h"
#include "tcp/option.h"
#include "tcp/sock.h"
#include "tcp/timewait.h"
#include "tests/lib/heap.h"
#include "tests/lib/test.h"

enum { TEXT_MOST = 256, POLLS = 5 };

/* What the kernel does. */
static struct kernel {
	unsigned in_time_wait; /* that port cannot be had without an option */
	unsigned in_the_way;   /* nor can that one with both, until somebody */
	unsigned until;        /* dials this one */
	int connected, error;  /* what connect says */
	int interruptions;     /* of poll */
} kernel;

static union addr bound_to;
static int polls, polled_ms[POLLS];
static char
    told[TEXT_MOST]; /* "?P": is it free? "P": dialled, and looked at ("+0") or waited for ("+") */
static char heard[TEXT_MOST];

static void append(const char *text, unsigned port)
{
	const size_t at = strlen(told);

	snprintf(told + at, TEXT_MOST - at, port ? "%s%u" : "%s", text, port);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms);
union addr __wrap_sock_local(int fd);
int64_t __wrap_clock_us(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	memset(&bound_to, 0, sizeof bound_to);
	memcpy(&bound_to, addr, len);
	const unsigned port = addr_port(&bound_to);
	const bool asks = !option_get(fd, OPTION_REUSEADDR);

	if (asks)
		append(" ?", port);
	if (port != (asks ? kernel.in_time_wait : kernel.in_the_way) && port != 0)
		return 0;
	memset(&bound_to, 0, sizeof bound_to);
	errno = EADDRINUSE;
	return -1;
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	union addr peer = {0};

	(void)fd;
	memcpy(&peer, addr, len);
	append(" ", addr_port(&peer));
	if (addr_port(&peer) == kernel.until)
		kernel.in_the_way = 0;
	errno = kernel.error;
	return kernel.connected;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	CHECK(count == 1 && fds->events == POLLOUT, "%lu descriptors", (unsigned long)count);
	if (polls < POLLS)
		polled_ms[polls] = wait_ms;
	append(wait_ms == 0 ? "+0" : "+", 0);
	errno = EINTR;
	return polls++ < kernel.interruptions ? -1 : polls < POLLS ? 0 : 1;
}

union addr __wrap_sock_local(int fd)
{
	(void)fd;
	return bound_to;
}

/* It stands still: a machine that pauses before poll would leave it no time to wait. */
int64_t __wrap_clock_us(void)
{
	return 5 * (int64_t)SECOND_US;
}

static void hear(const char *line)
{
	snprintf(heard, sizeof heard, "%s", line);
}

static void begin_kernel(const struct kernel *now)
{
	kernel = *now;
	heap_left = -1;
	polls = 0;
	*told = *heard = 0;
	call_trace = hear;
}

static struct end end_at(unsigned local, unsigned peer)
{
	return (struct end){addr_loopback(AF_INET, local), addr_loopback(AF_INET, peer)};
}

/* Notes both ends of the connections between the ports of `pairs`, and ends what is to be ended. */
static void end_pairs(size_t line, const unsigned pairs[][2], size_t count, const char *want)
{
	struct timewaits timewaits = {0};
	const long before = heap_pieces;

	for (size_t i = 0; i < count; i++) {
		const struct end one = end_at(pairs[i][0], pairs[i][1]);
		timewaits_note(&timewaits, &one);
	}
	timewaits_end(&timewaits);
	CHECK(strcmp(told, want) == 0, "line %zu: \"%s\"", line, told);
	CHECK(!timewaits.list && !timewaits.ends.tree, "line %zu: some are left", line);
	CHECK(heap_pieces == before, "line %zu: %ld pieces left", line, heap_pieces - before);
	CHECK(call_trace == hear && !*heard, "line %zu: \"%s\"", line, heard);
}
#define ENDS(pairs, want) end_pairs(__LINE__, pairs, sizeof(pairs) / sizeof *(pairs), want)

static void what_has_not_ended_at_once_is_waited_for_and_nothing_else(void)
{
	static const unsigned pairs[][2] = {{1001, 2001}, {2001, 1001}, {1002, 2002}, {2002, 1002}};

	begin_kernel(&(struct kernel){.in_time_wait = 1001, .connected = -1, .error = EINPROGRESS});
	ENDS(pairs, " 2002+0 1002+0 2001+0 1001+0 ?2002 ?1002 ?2001 ?1001 1001+");
	begin_kernel(&(struct kernel){.connected = -1, .error = EINPROGRESS});
	ENDS(pairs, " 2002+0 1002+0 2001+0 1001+0 ?2002 ?1002 ?2001 ?1001");
}

static void what_another_was_in_the_way_of_is_ended_after_that(void)
{
	static const unsigned pairs[][2] = {{1001, 2001}, {2001, 1001}, {1002, 2002}, {2002, 1002}};

	begin_kernel(&(struct kernel){
	    .in_the_way = 1002, .until = 1001, .connected = -1, .error = EINPROGRESS});
	ENDS(pairs, " 1002+0 2001+0 1001+0 2002+0 ?2002 ?1002 ?2001 ?1001");
}

static void one_whose_other_end_was_not_closed_is_left_alone(void)
{
	static const unsigned pairs[][2] = {{1001, 2001}, {1002, 2002}};

	begin_kernel(&(struct kernel){.connected = -1, .error = EINPROGRESS});
	ENDS(pairs, " ?1002 ?1001");
}

static void one_that_is_noted_twice_is_ended_once(void)
{
	static const unsigned pairs[][2] = {{1001, 2001}, {1001, 2001}, {2001, 1001}};

	begin_kernel(&(struct kernel){.connected = -1, .error = EINPROGRESS});
	ENDS(pairs, " 2001+0 1001+0 ?2001 ?1001");
}

/* Also where errno is still that of an earlier call. */
static void only_a_connect_under_way_is_waited_for(void)
{
	static const struct {
		int connected, error, polls;
	} rows[] = {{-1, EINPROGRESS, 1}, {-1, EADDRNOTAVAIL, 0}, {0, EINPROGRESS, 0}, {0, 0, 0}};
	const struct end end = end_at(1001, 2001);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin_kernel(
		    &(struct kernel){.connected = rows[i].connected, .error = rows[i].error});
		timewait_end(&end.local, &end.peer, TIMEWAIT_US);
		CHECK(polls == rows[i].polls, "row %zu: %d polls", i, polls);
	}
}

static void a_wait_that_a_signal_interrupts_goes_on_for_the_rest(void)
{
	const struct end end = end_at(1001, 2001);

	begin_kernel(&(struct kernel){.connected = -1, .error = EINPROGRESS, .interruptions = 2});
	CHECK(timewait_end(&end.local, &end.peer, 3600 * INT64_C(1000000)), "not ended");
	CHECK(polls == 3, "%d polls", polls);
	for (int i = 0; i < 3; i++)
		CHECK(polled_ms[i] > 3000000 && polled_ms[i] <= 3600000, "poll %d: %d ms", i,
		    polled_ms[i]);
}

static void without_a_descriptor_nothing_is_ended(void)
{
	const struct end end = end_at(1001, 2001);
	struct rlimit before, none;

	begin_kernel(&(struct kernel){.connected = -1, .error = EINPROGRESS});
	bound_to = end.peer;
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	const bool ended = timewait_end(&end.local, &end.peer, 0);
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK(!ended && !*told, "ended: \"%s\"", told);
}

int main(void)
{
	TEST(what_has_not_ended_at_once_is_waited_for_and_nothing_else);
	TEST(what_another_was_in_the_way_of_is_ended_after_that);
	TEST(one_whose_other_end_was_not_closed_is_left_alone);
	TEST(one_that_is_noted_twice_is_ended_once);
	TEST(only_a_connect_under_way_is_waited_for);
	TEST(a_wait_that_a_signal_interrupts_goes_on_for_the_rest);
	TEST(without_a_descriptor_nothing_is_ended);
	return test_failures != 0;
}
