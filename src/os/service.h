/* The service manager: sockets that it hands over (sd_listen_fds(3)), and how to tell it that the
 * service is up (sd_notify(3)). Its protocol, without its library. */
#ifndef REUSE_OS_SERVICE_H
#define REUSE_OS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SERVICE_FIRST = 3, /* the first descriptor handed over; the rest follow it */
	SERVICE_NONE = -2,
};

/* How many descriptors were handed to this very process; 0 also where they were meant for another.
 * -1 where LISTEN_FDS is no such number. Takes LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES out of the
 * environment: ask once, before any descriptor is opened. */
int service_descriptors(void);

/* Makes a descriptor handed over, a socket that listens for TCP connections, close-on-exec and
 * non-blocking. Returns NULL, or why it is none, static, with errno. */
const char *service_take(int fd);

/* A socket to NOTIFY_SOCKET, which leaves the environment; SERVICE_NONE where it is not set, -1 with
 * errno. */
int service_open(void);

/* Says `words`: "READY=1". Returns 0, or -1 with errno: EAGAIN where the manager is busy. */
int service_tell(int fd, const char *words);

/* How often at least the manager wants to hear WATCHDOG=1 from this very process; 0: it does not. Takes
 * WATCHDOG_PID and WATCHDOG_USEC out of the environment. */
int64_t service_watchdog_us(void);

#endif
