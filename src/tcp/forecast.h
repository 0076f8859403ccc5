/* What the rule of a kernel says a trial will come to, without asking the kernel. */
#ifndef REUSE_TCP_FORECAST_H
#define REUSE_TCP_FORECAST_H

#include "tcp/facts.h"
#include "tcp/rule.h"
#include "tcp/trial.h"

struct forecast {
	enum {
		FORECAST_SURE,
		FORECAST_CHANCE, /* it hangs on chance: several listeners in reach of one connect, then or before */
		FORECAST_SLOW, /* a connect that would take a second: taken for not run */
	} kind;
	struct fault fault; /* FORECAST_SURE: how the step fares */
};

/* Writes to forecasts[0..count) how each step should fare. Covers what is about sharing: steps on
 * loopback addresses, with the ports P, Q, R and numbers that are free to begin with; not that port 0
 * and ranges of ports may be used up. `uid` is the effective user ID. Returns 0, or -1 with errno ENOMEM. */
int forecast(const struct facts *facts, const struct step steps[], size_t count, int64_t uid,
    struct forecast forecasts[]);

#endif
