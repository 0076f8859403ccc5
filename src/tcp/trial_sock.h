/* The sockets of a trial, and what connects and ends them; for tcp/trial alone. */
#ifndef REUSE_TCP_TRIAL_SOCK_H
#define REUSE_TCP_TRIAL_SOCK_H

#include "config.h"
#include "tcp/ends.h"
#include "tcp/port.h"
#include "tcp/timewait.h"
#include "tcp/trial.h"

enum {
	NOT_OPEN = -1, /* opened by the next step */
	NONE = -2,     /* its accept was refused: there is no socket to open */
};

struct trial_sock {
	struct end end; /* first: what `connected` finds is a struct trial_sock */
	int fd;         /* or NOT_OPEN, NONE */
	bool connected; /* `end` holds */
	bool shut;      /* it has sent its FIN */
};

struct trial {
	struct trial_plan plan;
	struct port ports[TRIAL_PORTS];
	struct trial_sock *socks;
	size_t sock_count;
	struct ends connected;   /* of the open sockets */
	struct timewaits closed; /* in order, not by a reset */
	int *nameless;           /* still open, but their number now means a newer one */
	size_t nameless_count;
	bool arrivals_lost; /* something here drops datagrams: they are not waited for again */
};

/* Notes the ends of its connection, if it has one; or that it has none any more. */
void trial_connected(struct trial *trial, struct trial_sock *sock);
void trial_disconnected(struct trial *trial, struct trial_sock *sock);

/* Closes in order, and goes on once the other end has acknowledged that. As close(2). */
int trial_close(struct trial *trial, struct trial_sock *sock);

void trial_reset(struct trial *trial, struct trial_sock *sock);

/* As shutdown(2), and as trial_close. */
int trial_shutdown(struct trial *trial, struct trial_sock *sock, int how);

/* Returns 0; -1 with errno, and with the fault where the outcome came later. */
int trial_connect(
    struct trial *trial, struct trial_sock *sock, const union addr *addr, struct fault *fault);

/* Waits until what was sent before has arrived: on a busy machine the loopback lags behind. */
void trial_await_arrival(struct trial *trial);

#endif
