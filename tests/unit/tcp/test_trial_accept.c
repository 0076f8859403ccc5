/* ctest: core wrap=call_poll wrap=call_accept */
/* tcp/trial_step: how an accept waits for a connection, whatever poll and accept say meanwhile. They are simulated. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/trial.h"
#include "tests/lib/script.h"
#include "tests/lib/test.h"

enum { HOUR_US = 2000000000, TEXT_MOST = 64 };

/* What each call says, in turn: 'r'eady, 's'top, 't'ime over, 'i'nterrupted, 'b'ad; 'c'onnection, 'a'gain, 'i'nterrupted,
 * 'm'any descriptors are open. */
static const char *polls, *accepts;
static bool waited; /* poll was given time */
static char heard[TEXT_MOST];
static int told;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_call_accept(int fd, union addr *peer);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

int __wrap_call_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
	const char says = *polls ? *polls++ : 'b';

	CHECK(n == 2 && fds[0].events == POLLIN, "%lu descriptors", (unsigned long)n);
	waited = wait_ms > 0;
	fds[0].revents = says == 'r' ? POLLIN : 0;
	if (says == 'r' || says == 's' || says == 't')
		return says != 't';
	errno = says == 'i' ? EINTR : ENOMEM;
	return -1;
}

int __wrap_call_accept(int fd, union addr *peer)
{
	const char says = *accepts ? *accepts++ : 'm';

	(void)fd;
	(void)peer;
	if (says == 'c')
		return socket(AF_INET, SOCK_STREAM, 0);
	errno = says == 'a' ? EAGAIN : says == 'i' ? EINTR : EMFILE;
	return -1;
}

static void hear(const char *line)
{
	/* The descriptor's number is any. */
	snprintf(heard, sizeof heard, "%.7s%s", line, strchr(line, ')') ? strchr(line, ')') : "");
	told++;
}

/* Returns the errno of the accept; 0 where it went well. */
static int accept_within(int64_t wait_us)
{
	static const char *const steps[] = {"a bind 127.0.0.1:P", "a listen", "s accept a", NULL};
	struct script script = {0};
	struct trial_result result = {0};
	struct fault fault = {0};
	char why[SCRIPT_WHY] = "";

	CHECK(script_read(&script, steps, why) == 0, "%s", why);
	struct trial_plan plan = script_plan(&script, -1);
	plan.accept_us = wait_us;
	struct trial *trial = trial_begin(&plan, &fault);
	if (!trial) {
		CHECK(false, "%s", errname(fault.error));
		return -1;
	}
	trial_step(trial, 0, &result);
	trial_step(trial, 1, &result);
	*heard = 0;
	told = 0;
	call_trace = hear;
	trial_step(trial, 2, &result);
	call_trace = NULL;
	CHECK(result.stopped == (result.fault.error == ECANCELED), "stopped: %d", result.stopped);
	CHECK((trial_fd(trial, 1) >= 0) == (result.fault.error == 0), "descriptor %d",
	    trial_fd(trial, 1));
	trial_end(trial);
	script_clear(&script);
	return result.fault.error;
}

static void a_connection_is_waited_for_until_one_is_there_or_never_comes(void)
{
	static const struct {
		const char *polls, *accepts;
		int error;
	} rows[] = {
	    {"r", "c", 0},
	    {"rr", "ac", 0}, /* the first one was gone again */
	    {"rr", "ic", 0},
	    {"ir", "ac", 0},
	    {"i", "c", 0}, /* it has come meanwhile */
	    {"tr", "ac", 0},
	    {"r", "m", EMFILE},
	    {"rr", "am", EMFILE},
	    {"s", "c", ECANCELED},
	    {"is", "a", ECANCELED},
	    {"b", "c", ENOMEM},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		polls = rows[i].polls;
		accepts = rows[i].accepts;
		const int error = accept_within(HOUR_US);
		CHECK(error == rows[i].error, "row %zu: %s", i, errname(error));
		CHECK(*polls == 0 && waited, "row %zu: \"%s\" is left", i, polls);
		CHECK(told == 0, "row %zu: \"%s\"", i, heard);
	}
}

/* With -v each look is told of as it is made. */
static void the_look_that_ends_the_wait_is_told_of(void)
{
	for (int traffic = 0; traffic < 2; traffic++) {
		call_trace_traffic = traffic ? hear : NULL;
		polls = "t";
		accepts = "a";
		const int error = accept_within(-1);
		call_trace_traffic = NULL;
		CHECK(error == EAGAIN && !waited, "%s", errname(error));
		CHECK(told == !traffic, "told %d times", told);
		CHECK_TEXT(heard, traffic ? "" : "accept() = -1 EAGAIN");
	}
}

/* No wait is left where it was interrupted. */
static void a_look_when_the_time_is_over_is_the_last_one(void)
{
	static const struct {
		const char *polls, *accepts;
		int error;
	} rows[] = {{"i", "a", EAGAIN}, {"r", "a", EAGAIN}, {"rr", "ic", 0}, {"t", "c", 0},
	    {"t", "m", EMFILE}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		polls = rows[i].polls;
		accepts = rows[i].accepts;
		const int error = accept_within(-1);
		CHECK(error == rows[i].error, "row %zu: %s", i, errname(error));
		CHECK(*polls == 0 && *accepts == 0, "row %zu: \"%s\" is left", i, polls);
	}
}

int main(void)
{
	TEST(a_connection_is_waited_for_until_one_is_there_or_never_comes);
	TEST(the_look_that_ends_the_wait_is_told_of);
	TEST(a_look_when_the_time_is_over_is_the_last_one);
	return test_failures != 0;
}
