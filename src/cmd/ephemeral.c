#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ephemeral.h"
#include "os/crew.h"
#include "os/netns.h"
#include "tcp/port.h"
#include "tcp/trial.h"

#define APART_RANGE "40000 40009" /* RULES_PORTS of them, in a network where nobody else is */

/* How many of the connections that were tried there are; or EPHEMERAL_UNKNOWN where it could not be run. */
static int count_connections(const struct cell *cell, struct inquiry *inquiry, int *result)
{
	int connections = 0;

	*result = inquiry_run(cell, inquiry);
	if (*result != 0 || inquiry->late)
		return EPHEMERAL_UNKNOWN;
	for (size_t i = 0; i < inquiry->kernel.count; i++) {
		const struct fault *fault = &inquiry->kernel.faults[i];
		if (fault->at != CALL_NONE && !inquiry_answered(cell, fault)) {
			*inquiry->fault = *fault;
			return EPHEMERAL_UNKNOWN;
		}
		connections += strstr(cell->steps[i], " connect ") && fault->at == CALL_NONE;
	}
	return connections;
}

int ephemeral_here(struct cell *cell, struct inquiry *inquiry, int *result)
{
	struct port ports[RULES_PORTS] = {0};

	*result = 0;
	if (!option_known(OPTION_PORT_RANGE))
		return EPHEMERAL_UNKNOWN;
	/* They must be of those that the kernel gives out, or IP_LOCAL_PORT_RANGE has no effect (ip(7)). */
	if (port_take_row(ports, RULES_PORTS) < 0) {
		if (errno != EADDRINUSE)
			fault_set(inquiry->fault, CALL_SOCKET);
		return EPHEMERAL_UNKNOWN;
	}
	int count = EPHEMERAL_UNKNOWN;
	*result = inquiry_write(cell, inquiry, TRIAL_SAME_USER, ports[0].number);
	if (*result == 0)
		count = count_connections(cell, inquiry, result);
	for (int i = 0; i < RULES_PORTS; i++)
		port_give_back(&ports[i]);
	return count;
}

/* What the other process found. */
static int hear(int report)
{
	int count;
	size_t len = 0;

	while (len < sizeof count) {
		const ssize_t n = read(report, (char *)&count + len, sizeof count - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return EPHEMERAL_UNKNOWN;
		len += (size_t)n;
	}
	return count;
}

int ephemeral_apart(struct cell *cell, struct inquiry *inquiry, int *result)
{
	struct crew crew;
	struct member member;
	const char *call;
	int count = EPHEMERAL_UNKNOWN;

	*result = inquiry_write(cell, inquiry, TRIAL_SAME_USER, 0);
	if (*result != 0 || crew_open(&crew) < 0)
		return EPHEMERAL_UNKNOWN;
	switch (crew_fork(&crew, &member)) {
	case 1:
		if (netns_enter(&call) == 0 &&
		    netns_tune("net.ipv4.ip_local_port_range", APART_RANGE) == 0)
			count = count_connections(cell, inquiry, result);
		_exit(write(member.report, &count, sizeof count) < 0);
	case 0:
		count = hear(member.report);
		crew_reap(&member);
		break;
	}
	crew_close(&crew);
	return count;
}
