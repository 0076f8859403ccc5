#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rules/ephemeral.h"
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

/* What a network apart yields, by way and number of destinations. It is made once for all of them: that
 * takes a tenth of a second, and more where the machine has very many sockets. */
static int counts[RULES_WAYS][CELL_DESTINATIONS];
static bool counted;

int ephemeral_here(struct cell *cell, struct inquiry *inquiry, int *result)
{
	struct port ports[RULES_PORTS] = {0};

	*result = 0;
	/* Where no such ports were found for one cell, none are for the next, and the search takes long. */
	if (!option_known(OPTION_PORT_RANGE) || (counted && counts[0][0] != EPHEMERAL_UNKNOWN))
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

static void count_all(struct inquiry *inquiry)
{
	for (int row = 0; row < RULES_WAYS; row++)
		for (int column = 0; column < CELL_DESTINATIONS; column++) {
			struct cell cell = {
			    .table = CELL_EPHEMERAL, .at_row = row, .at_column = column};
			int result;
			if (inquiry_write(&cell, inquiry, TRIAL_SAME_USER, 0) == 0)
				counts[row][column] = count_connections(&cell, inquiry, &result);
			cell_clear(&cell);
		}
}

/* What the other process found. */
static void hear_ports(int report)
{
	size_t len = 0;

	while (len < sizeof counts) {
		const ssize_t n = read(report, (char *)counts + len, sizeof counts - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		len += (size_t)n;
	}
}

/* Lets a process of its own find out; what it cannot stays unknown. */
static void ask_apart(struct inquiry *inquiry)
{
	struct crew crew;
	struct member member;
	const char *call;

	for (int row = 0; row < RULES_WAYS; row++)
		for (int column = 0; column < CELL_DESTINATIONS; column++)
			counts[row][column] = EPHEMERAL_UNKNOWN;
	if (crew_open(&crew) < 0)
		return;
	switch (crew_fork(&crew, &member)) {
	case 1:
		if (netns_enter(&call) == 0 &&
		    netns_tune("net.ipv4.ip_local_port_range", APART_RANGE) == 0)
			count_all(inquiry);
		_exit(write(member.report, counts, sizeof counts) < 0);
	case 0:
		hear_ports(member.report);
		crew_reap(&member);
		break;
	}
	crew_close(&crew);
}

int ephemeral_apart(struct cell *cell, struct inquiry *inquiry, int *result)
{
	*result = inquiry_write(cell, inquiry, TRIAL_SAME_USER, 0);
	if (*result != 0)
		return EPHEMERAL_UNKNOWN;
	if (!counted)
		ask_apart(inquiry);
	counted = true;
	return counts[cell->at_row][cell->at_column];
}
