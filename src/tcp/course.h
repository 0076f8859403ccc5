/* A trial as it is being forecast; for tcp/forecast alone. */
#ifndef REUSE_TCP_COURSE_H
#define REUSE_TCP_COURSE_H

#include <netinet/in.h>

#include "tcp/model.h"
#include "tcp/trial.h"

struct course {
	struct model model;
	const struct step *steps;
	size_t count;
	unsigned *numbers; /* of ports given by number: numbers[k] has key TRIAL_PORTS + k */
	unsigned number_count;
	bool chance, slow;
};

static inline bool is_v6(const union addr *addr)
{
	return addr->any.sa_family == AF_INET6;
}

static inline bool is_mapped_v6(const union addr *addr)
{
	return is_v6(addr) && IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr);
}

/* Of the port of a step: P, Q, R, then numbers, then those that the kernel chooses, each another. */
unsigned course_key(struct course *course, const struct step *step);

/* How a connect of that socket fares: 0 or its errno. Sets `slow` where it would take a second, and `chance`. */
int course_connect(struct course *course, int number, const struct step *step);

#endif
