#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/schedule.h"

/* How a call fails, in the seeds in which it does. */
enum habit {
	OFTEN, /* again and again: every 2nd to every 200th */
	FIRST, /* one of the first */
	SETUP, /* likewise, and perhaps all that follow */
	HEAP,  /* one of the first sixty, or now and then */
};

enum { ERRORS = 12, DESCRIPTORS = 65536 };

static const struct {
	const char *name;
	enum habit habit;
	int errors[ERRORS]; /* ended by 0; what stands twice comes twice as often */
} calls[FAULTY_CALLS] = {
    [FAULTY_SOCKET] = {"socket", SETUP, {EMFILE, ENFILE, ENOBUFS, ENOMEM}},
    [FAULTY_OPTION] = {"setsockopt", SETUP, {ENOBUFS, ENOMEM}},
    [FAULTY_BIND] = {"bind", SETUP, {ENOBUFS, ENOMEM, EADDRINUSE}},
    [FAULTY_LISTEN] = {"listen", SETUP, {EADDRINUSE, ENOBUFS}},
    [FAULTY_CONNECT] = {"connect", OFTEN, {EINTR, EINTR, EADDRNOTAVAIL, ENOBUFS, ECONNREFUSED}},
    [FAULTY_ACCEPT] = {"accept", OFTEN,
	{EINTR, EINTR, EAGAIN, EAGAIN, ECONNABORTED, ECONNABORTED, EPROTO, EMFILE, ENFILE, ENOBUFS,
	    ENOMEM}},
    [FAULTY_SEND] = {"send", OFTEN,
	{EINTR, EINTR, EAGAIN, EAGAIN, SCHEDULE_SHORT, SCHEDULE_SHORT, SCHEDULE_SHORT, ENOBUFS,
	    ENOMEM}},
    [FAULTY_RECV] = {"recv", OFTEN,
	{EINTR, EINTR, EAGAIN, EAGAIN, SCHEDULE_SHORT, SCHEDULE_SHORT, SCHEDULE_SHORT, ENOBUFS,
	    ENOMEM}},
    [FAULTY_READ] = {"read", OFTEN, {EINTR, SCHEDULE_SHORT}},
    [FAULTY_OPEN] = {"open", OFTEN, {EMFILE, ENFILE, ENOMEM, EACCES}},
    [FAULTY_POLL] = {"poll", OFTEN, {EINTR}},
    [FAULTY_EPOLL_CREATE] = {"epoll_create1", SETUP, {EMFILE, ENOMEM}},
    [FAULTY_EPOLL_CTL] = {"epoll_ctl", OFTEN, {ENOMEM, ENOSPC}},
    [FAULTY_EPOLL_WAIT] = {"epoll_wait", OFTEN, {EINTR}},
    [FAULTY_CLOSE] = {"close", OFTEN, {EINTR}},
    [FAULTY_NAME] = {"getsockname", SETUP, {ENOBUFS}},
    [FAULTY_DUP] = {"fcntl F_DUPFD", SETUP, {EMFILE}},
    [FAULTY_PIPE] = {"pipe", SETUP, {EMFILE, ENFILE}},
    [FAULTY_FORK] = {"fork", FIRST, {EAGAIN, ENOMEM}},
    [FAULTY_MAP] = {"mmap", SETUP, {ENOMEM}},
    [FAULTY_MEMORY] = {"malloc", HEAP, {ENOMEM}},
};

static struct {
	uint64_t seed;
	bool mild;
	uint64_t allocation; /* not 0: this one fails, and nothing else */
	unsigned crashed;
	uint64_t made[FAULTY_CALLS], failed[FAULTY_CALLS];
	bool is_socket[DESCRIPTORS];
} state;

/* splitmix64, Steele et al. 2014. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* A number that stays the same for `at` of a call in this seed. */
static uint64_t dice(enum faulty call, uint64_t at)
{
	return mix(state.seed ^ mix((uint64_t)call << 32 ^ mix(at)));
}

__attribute__((constructor)) static void begin(void)
{
	const char *seed = getenv("REUSE_FAULT_SEED");
	const char *allocation = getenv("REUSE_FAULT_ALLOCATION");
	const char *mild = getenv("REUSE_FAULT_MILD");

	state.seed = seed ? strtoull(seed, NULL, 10) : 0;
	state.mild = mild && *mild == '1';
	state.allocation = allocation ? strtoull(allocation, NULL, 10) : 0;
}

/* Whether the call fails when it is made for the nth time, n from 1. */
static bool fails(enum faulty call, uint64_t n)
{
	static const unsigned often[8] = {0, 0, 0, 200, 50, 10, 4, 2};
	const uint64_t mood = dice(call, 0), more = mood >> 8;

	if (state.allocation)
		return call == FAULTY_MEMORY && n == state.allocation;
	switch (calls[call].habit) {
	case OFTEN:
		return often[mood % 8] && dice(call, n) % often[mood % 8] == 0;
	case FIRST:
		return mood % 8 == 1 && n == 1 + more % 6;
	case SETUP:
		return mood % 16 == 0 ? n > more % 4 : mood % 8 == 1 && n == 1 + more % 6;
	case HEAP:
		return mood % 4 == 0   ? n == 1 + more % 60
		       : mood % 8 == 1 ? dice(call, n) % 16 == 0
		       : mood % 8 == 2 ? dice(call, n) % 100 == 0
				       : 0;
	}
	return false;
}

/* Whether the same call made again will do. */
static bool passes_by(enum faulty call, int error)
{
	return error == EINTR || error == SCHEDULE_SHORT ||
	       (error == EAGAIN && call != FAULTY_FORK);
}

int schedule_next(enum faulty call)
{
	const uint64_t n = ++state.made[call];
	int errors[ERRORS];
	unsigned count = 0;

	if (!state.seed || !fails(call, n))
		return 0;
	for (int i = 0; i < ERRORS && calls[call].errors[i]; i++)
		if (!state.mild || passes_by(call, calls[call].errors[i]))
			errors[count++] = calls[call].errors[i];
	if (count == 0)
		return 0;
	state.failed[call]++;
	return errors[(dice(call, n) >> 20) % count];
}

size_t schedule_part(enum faulty call, size_t len)
{
	const uint64_t number = dice(call, state.made[call]) >> 24;
	const size_t most = number & 1 ? 8 : len; /* few bytes, or any number */

	return len < 2 ? len : 1 + (size_t)(number >> 1) % (most < len ? most : len);
}

void schedule_fork(unsigned count)
{
	/* That one allocation fails in the first child as well, but not in those after it. */
	if (state.allocation && count > 1)
		state.seed = 0;
	state.seed = state.seed ? mix(state.seed + count) : 0;
	for (int call = 0; call < FAULTY_CALLS; call++)
		state.made[call] = state.failed[call] = 0;
	memset(state.is_socket, 0, sizeof state.is_socket);
	state.crashed = 0;
}

void schedule_ended(int status)
{
	const int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	/* By others a process is ended on purpose. */
	state.crashed += by == SIGSEGV || by == SIGBUS || by == SIGABRT || by == SIGFPE ||
			 by == SIGILL || by == SIGSYS;
}

void schedule_opened(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		state.is_socket[fd] = true;
}

void schedule_closed(int fd)
{
	if (fd >= 0 && fd < DESCRIPTORS)
		state.is_socket[fd] = false;
}

void schedule_report(void)
{
	const char *to = getenv("REUSE_FAULT_REPORT");
	unsigned long long faults = 0, sockets = 0;
	char line[1024];

	if (!to || !state.seed)
		return;
	for (int call = 0; call < FAULTY_CALLS; call++)
		faults += state.failed[call];
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		sockets += state.is_socket[fd];
	int n = snprintf(line, sizeof line, "%llu %llu %u", faults, sockets, state.crashed);
	for (int call = 0; call < FAULTY_CALLS; call++)
		if (state.failed[call])
			n += snprintf(line + n, sizeof line - (size_t)n, " %s=%llu",
			    calls[call].name, (unsigned long long)state.failed[call]);
	state.seed = state.allocation = 0;
	line[n++] = '\n';
	/* Without a reader nobody wants to know. */
	if (write((int)strtol(to, NULL, 10), line, (size_t)n) < 0)
		return;
}
