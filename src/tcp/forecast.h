/* What the documented rule says a trial will come to, without asking the kernel. */
#ifndef REUSE_TCP_FORECAST_H
#define REUSE_TCP_FORECAST_H

#include "tcp/rule.h"
#include "tcp/trial.h"

/* Writes to faults[0..count) how each step should fare. Covers what is about sharing: steps on
 * addresses of this machine, with the ports P, Q, R and numbers that are free to begin with; not port
 * 0, nor ranges of ports. `uid` is the effective user ID. Returns 0, or -1 with errno ENOMEM. */
int forecast(enum rule_system system, const struct step steps[], size_t count, int64_t uid,
    struct fault faults[]);

#endif
