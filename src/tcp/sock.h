/* One socket, from plan to descriptor. */
#ifndef REUSE_TCP_SOCK_H
#define REUSE_TCP_SOCK_H

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"

enum { SOCK_NO_LISTEN = -1 };

/* One socket to ask the kernel for. */
struct plan {
	union addr local;               /* bind here first; AF_UNSPEC: do not bind */
	union addr peer;                /* connect there; AF_UNSPEC: do not connect */
	const struct setting *settings; /* set in this order, before bind; the caller's */
	size_t setting_count;
	bool udp;    /* a datagram socket */
	int backlog; /* listen with it; SOCK_NO_LISTEN: do not listen */
};

/* socket, options, bind, listen, connect; stops at the first no. Returns a non-blocking,
 * close-on-exec socket that the caller closes, or -1 with `fault` filled and nothing left open.
 * A connect still under way is a success: sock_settle waits for its end. */
int sock_open(const struct plan *plan, struct fault *fault);

/* Waits until the connect of `fd` to `peer` has ended, `wait_us` at most (-1: for ever), or until
 * the descriptor `stop` (-1: none) is readable. Returns 0; or -1 with `fault` filled: ETIMEDOUT,
 * ECANCELED for `stop`. `fd` stays open either way. */
int sock_settle(int fd, const union addr *peer, int64_t wait_us, int stop, struct fault *fault);

/* The address it is bound to, and the one it is connected to; AF_UNSPEC where there is none. */
union addr sock_local(int fd);
union addr sock_peer(int fd);

/* Closes so that the peer gets a reset and no TIME_WAIT stays. */
void sock_reset(int fd);

/* Takes O_NONBLOCK off, or sets it. Returns 0, or -1 with errno. */
int sock_blocking(int fd, bool blocking);

#endif
