#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "clock.h"
#include "tcp/addr.h"
#include "tcp/call.h"
#include "tcp/fault.h"
#include "tcp/port.h"
#include "tcp/sock.h"

enum {
	UNPRIVILEGED = 1024,
	/* Below where Linux and the BSDs begin to give ports out (32768, 49152; older BSDs 10000),
	 * above most that are well known. */
	LOWEST = 15000,
	HIGHEST = 32767,
	PORTS = 65536,
	ATTEMPTS = 2000,
	STARTS = 8,      /* places of the range at which the search for a row begins */
	LOOKS = 30000,   /* ports looked at for it, at a dozen microseconds each */
	LOCKS_FROM = 20, /* descriptors: out of the way of those that --explain shows */
};

/* xorshift64*, Vigna 2016: nobody has to be unable to guess it. */
unsigned port_random(unsigned below)
{
	static uint64_t state;
	static pid_t owner;

	if (owner != getpid()) {
		owner = getpid();
		state ^= (uint64_t)clock_ns() * 0x9e3779b97f4a7c15u + (uint64_t)owner;
		state |= !state;
	}
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * 0x2545f4914f6cdd1du >> 32) % below);
}

/* A socket of `type` bound to `addr` without options; -1 with errno. Not by tcp/call: no part of
 * what a person asked for. */
static int bound(int type, const union addr *addr)
{
	const int fd = socket(addr->any.sa_family, type, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	if (addr->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, &addr->any, addr_len(addr)) == 0)
		return fd;
	return fault_close(fd);
}

bool port_is_free(const union addr *addr)
{
	const int fd = bound(SOCK_STREAM, addr);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
}

/* Whether it is free on all addresses of the family. */
static bool is_free(int family, unsigned number)
{
	const union addr all = addr_any(family, number);

	return port_is_free(&all);
}

/* Moves a descriptor up; -1 where there is no room, and then it is closed. */
static int moved(int fd)
{
	const int high = fcntl(fd, F_DUPFD_CLOEXEC, LOCKS_FROM);

	close(fd);
	return high;
}

/* That number, if it is free: else EADDRINUSE. */
static int take_this(struct port *port, unsigned number)
{
	const union addr here = addr_loopback(AF_INET, number);

	int lock = bound(SOCK_DGRAM, &here);
	if (lock < 0 && (errno == EADDRINUSE || errno == EMFILE || errno == ENFILE))
		return -1;
	if (lock >= 0)
		lock = moved(lock);
	if (is_free(AF_INET, number) && is_free(AF_INET6, number)) {
		*port = (struct port){.number = number, .lock = lock};
		return 0;
	}
	return lock >= 0 ? fault_close(lock) : -1;
}

static unsigned avoid_low = HIGHEST + 1, avoid_high = PORTS - 1;

void port_avoid(unsigned low, unsigned high)
{
	avoid_low = low < UNPRIVILEGED ? UNPRIVILEGED : low;
	avoid_high = high;
}

/* One of all that are not to be avoided; 0 where there is none. */
static unsigned outside(void)
{
	const unsigned below = avoid_low - UNPRIVILEGED, above = PORTS - 1 - avoid_high;

	if (below + above == 0)
		return 0;
	const unsigned number = UNPRIVILEGED + port_random(below + above);
	return number < avoid_low ? number : number + avoid_high - avoid_low + 1;
}

/* Takes one of those that `choose` yields. */
static int take_chosen(struct port *port, unsigned (*choose)(void))
{
	errno = EADDRINUSE;
	for (int i = 0; i < ATTEMPTS; i++) {
		const unsigned number = choose();
		if (number == 0)
			return -1;
		if (take_this(port, number) == 0)
			return 0;
		if (errno != EADDRINUSE && errno != EACCES)
			return -1;
	}
	return -1;
}

static unsigned usual(void)
{
	return LOWEST + port_random(HIGHEST - LOWEST + 1);
}

int port_take(struct port *port)
{
	const bool clear = avoid_high < LOWEST || avoid_low > HIGHEST;

	if (clear && take_chosen(port, usual) == 0)
		return 0;
	if (take_chosen(port, outside) == 0)
		return 0;
	if (errno != EADDRINUSE && errno != EACCES)
		return -1;
	return take_chosen(port, usual);
}

/* A port as the kernel gives them out, free just now, not held; 0 with errno where there is none. */
static unsigned ephemeral(void)
{
	union addr here = addr_loopback(AF_INET, 0);

	const int fd = bound(SOCK_STREAM, &here);
	if (fd < 0)
		return 0;
	here = sock_local(fd);
	close(fd);
	return addr_port(&here);
}

/* Whether the kernel gives out that port, which is free, when IP_LOCAL_PORT_RANGE asks for it alone. */
static bool is_ephemeral(unsigned number)
{
	const struct setting range = {
	    .option = OPTION_PORT_RANGE, .value = (int64_t)number << 16 | number};
	union addr here = addr_loopback(AF_INET, 0);
	call_hear *const trace = call_trace;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct fault ignored;

	call_trace = NULL;
	const bool bound_there = fd >= 0 && option_set(fd, &range, &ignored) == 0 &&
				 bind(fd, &here.any, addr_len(&here)) == 0;
	call_trace = trace;
	if (bound_there)
		here = sock_local(fd);
	if (fd >= 0)
		close(fd);
	return bound_there && addr_port(&here) == number;
}

void port_give_back(struct port *port)
{
	if (port->number && port->lock >= 0)
		close(port->lock);
	*port = (struct port){.lock = -1};
}

/* Whether IP_LOCAL_PORT_RANGE has any effect here (Linux 6.3; some systems take it and do not heed it). A
 * port that was given out just now may be a stranger's already, so more than one is asked for. */
static bool range_is_heeded(void)
{
	for (int i = 0; i < STARTS; i++) {
		const unsigned number = ephemeral();
		if (number != 0 && is_ephemeral(number))
			return true;
	}
	return false;
}

int port_take_row(struct port ports[], int count)
{
	int looks = 0;

	if (!range_is_heeded()) {
		errno = EADDRINUSE;
		return -1;
	}

	for (int start = 0; start < STARTS; start++) {
		unsigned first = ephemeral();
		int n = 0;
		if (first == 0)
			return -1;
		/* On to the end of the range: where many ports are taken, rows are rare. */
		while (looks++ < LOOKS && first + (unsigned)count <= PORTS) {
			if (n == 0 && !is_ephemeral(first + (unsigned)count - 1)) {
				first += (unsigned)count; /* no row has that port in it */
				continue;
			}
			if (take_this(&ports[n], first + (unsigned)n) == 0) {
				if (++n == count)
					return 0;
				continue;
			}
			const int error = errno;
			first += (unsigned)n + 1;
			while (n > 0)
				port_give_back(&ports[--n]);
			if (error != EADDRINUSE) {
				errno = error;
				return -1;
			}
		}
		while (n > 0)
			port_give_back(&ports[--n]);
	}
	errno = EADDRINUSE;
	return -1;
}
