/* Trials: steps on named sockets, and how the kernel answers each. try reads steps from words, rules
 * and experiments from tables of such words (words/script.h); here they are data. */
#ifndef REUSE_TCP_TRIAL_H
#define REUSE_TCP_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp/addr.h"
#include "tcp/fault.h"
#include "tcp/option.h"

enum trial_verb {
	TRIAL_BIND,
	TRIAL_SET,
	TRIAL_LISTEN,
	TRIAL_CONNECT,
	TRIAL_DISCONNECT,
	TRIAL_ACCEPT,
	TRIAL_CLOSE,
	TRIAL_RESET,
	TRIAL_SHUTDOWN,
	TRIAL_NAME, /* asks for the address it is bound to */
};

/* Ports that each trial chooses anew: different from one another, and free on all addresses. */
enum trial_port { TRIAL_GIVEN, TRIAL_P, TRIAL_Q, TRIAL_R, TRIAL_PORTS };

enum {
	TRIAL_SETTINGS = 16,
	TRIAL_SAME_USER = -1,
	TRIAL_CONNECT_US = 2000000, /* how long a connect waits as a rule */
	TRIAL_ACCEPT_US = 100000,   /* and an accept */
};

/* One step. Sockets are numbered from 0, without gaps. */
struct step {
	enum trial_verb verb;
	int socket;           /* which one does it; of an accept, the new one */
	int listener;         /* TRIAL_ACCEPT: who accepts */
	union addr addr;      /* TRIAL_BIND, TRIAL_CONNECT; else AF_UNSPEC */
	enum trial_port port; /* unless TRIAL_GIVEN it is filled into `addr` */
	int backlog;          /* TRIAL_LISTEN */
	int how;              /* TRIAL_SHUTDOWN: SHUT_WR, ... */
	int64_t uid; /* TRIAL_BIND, TRIAL_CONNECT: the effective uid of the whole step, opening
			       * the socket included; TRIAL_SAME_USER */
	size_t setting_count; /* TRIAL_SET; and before TRIAL_BIND, TRIAL_CONNECT; in this order */
	struct setting settings[TRIAL_SETTINGS];
};

/* How a step fared. */
struct trial_result {
	struct fault fault;     /* CALL_NONE: ok */
	bool stopped;           /* cut short by `stop`; the rest says nothing */
	union addr local, peer; /* of the step's socket after it; AF_UNSPEC where there is none */
};

/* What a trial is given. */
struct trial_plan {
	const struct step *steps; /* the caller's, as long as the trial */
	size_t count;
	int family;         /* of a socket none of whose steps has an address: AF_INET, AF_INET6 */
	int stop;           /* a descriptor: while readable, waits end at once; -1: none */
	int64_t connect_us; /* the longest wait of a connect; 0: TRIAL_CONNECT_US */
	int64_t accept_us;  /* of an accept; 0: TRIAL_ACCEPT_US */
};

/* The family of a socket that steps[i] opens: that of the first address among its steps from there on, else
 * `otherwise`. */
int trial_family(const struct step steps[], size_t count, size_t i, int socket, int otherwise);

/* Chooses the ports. Returns a trial that trial_end ends, or NULL with `fault` filled. */
struct trial *trial_begin(const struct trial_plan *plan, struct fault *fault);

/* Runs steps[i]; steps are run in order, also past a refusal. Their sockets stay open until a step
 * closes them or the trial ends, so that each meets the ones before it. */
void trial_step(struct trial *trial, size_t i, struct trial_result *result);

/* The port chosen for P, Q or R (host order). */
unsigned trial_port(const struct trial *trial, enum trial_port port);

/* The descriptor of a socket between two steps, the trial's; -1 where it is not open. */
int trial_fd(const struct trial *trial, int socket);

/* Resets every socket that is still open, and ends the TIME_WAITs of those that were closed, where
 * the system lets one. NULL is allowed. */
void trial_end(struct trial *trial);

/* All of it: results[i] says how step i fared. Returns 0; -1 with `fault` filled where the trial could
 * not begin; 1 where it was stopped. `ports` (TRIAL_PORTS) may be NULL. */
int trial_run(const struct trial_plan *plan, struct trial_result results[], unsigned ports[],
    struct fault *fault);

/* "ok", "EADDRINUSE" where the verb's own call was refused, "setsockopt:ENODEV" where another.
 * Returns `text`. */
enum { TRIAL_TEXT = 40 };
const char *trial_text(
    const struct step *step, const struct trial_result *result, char text[TRIAL_TEXT]);

/* The verb's own call, as struct fault knows it. */
enum tcp_call trial_call(enum trial_verb verb);

#endif
