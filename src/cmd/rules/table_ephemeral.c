#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/rules/ask.h"
#include "cmd/rules/tables.h"
#include "os/crew.h"
#include "os/netns.h"
#include "os/tunable.h"
#include "tcp/port.h"
#include "tcp/system.h"

enum { PORTS = 10, UNKNOWN = -1 };

#define APART_RANGE "40000 40009" /* PORTS of them, in a network where nobody else is */

static const struct {
	const char *name;
	const char *words; /* of the bind to port 0; NULL: there is none */
	enum rule_way way;
} ways[RULES_WAYS] = {
    {"connect alone", NULL, RULE_BY_CONNECT},
    {"bind no-port", " no-port", RULE_BY_NO_PORT},
    {"bind -", "", RULE_BY_BIND},
    {"bind A", " reuseaddr", RULE_BY_BIND_REUSEADDR},
    {"bind P", " reuseport", RULE_BY_BIND},
    {"bind AP", " reuseaddr reuseport", RULE_BY_BIND},
};

static void label_ephemeral(struct cell *cell)
{
	static const char *const destinations[RULES_DESTINATIONS] = {"one", "two"};

	cell->row = ways[cell->at_row].name;
	cell->column = destinations[cell->at_column];
}

static void write_ephemeral(const struct cell *cell, struct cell_steps *into)
{
	const char *const words = ways[cell->at_row].words;
	char range[40] = "";

	if (cell->first_port)
		snprintf(range, sizeof range, " port-range=%u-%u", cell->first_port,
		    cell->first_port + PORTS - 1);
	for (int to = 0; to <= cell->at_column; to++) {
		cell_step(into, "d%d bind 127.0.0.1:%c", to, "PQ"[to]);
		cell_step(into, "d%d listen", to);
	}
	for (int to = 0; to <= cell->at_column; to++)
		for (int i = 0; i <= PORTS; i++) {
			const int n = to * (PORTS + 1) + i;
			if (words)
				cell_step(into, "c%d bind 127.0.0.1:0%s%s", n, words, range);
			cell_step(
			    into, "c%d connect 127.0.0.1:%c%s", n, "PQ"[to], words ? "" : range);
		}
}

/* Also that all of the ports are taken. */
static bool answers_ephemeral(const struct fault *fault)
{
	return cell_in_use(fault) || fault->error == EADDRNOTAVAIL;
}

/* How many of the connections that were tried there are; UNKNOWN where it could not be run. */
static int count_connections(const struct cell *cell, struct inquiry *inquiry, int *result)
{
	*result = inquiry_run(cell, inquiry);
	if (*result != 0 || inquiry->late)
		return UNKNOWN;
	for (size_t i = 0; i < inquiry->kernel.count; i++) {
		const struct fault *fault = &inquiry->kernel.faults[i];
		if (fault->at != CALL_NONE && !answers_ephemeral(fault)) {
			*inquiry->fault = *fault;
			return UNKNOWN;
		}
	}
	return inquiry->connected;
}

/* By IP_LOCAL_PORT_RANGE, with ten ports of the system's range that are free. UNKNOWN where there is no such
 * option, or no such ports, or `*result` is not 0; with the fault where it is something else. */
static int count_here(struct cell *cell, struct inquiry *inquiry, int *result)
{
	struct port ports[PORTS] = {0};

	/* They must be of those that the kernel gives out, or IP_LOCAL_PORT_RANGE has no effect (ip(7)). */
	if (port_take_row(ports, PORTS) < 0) {
		if (errno != EADDRINUSE)
			fault_set(inquiry->fault, CALL_SOCKET);
		return UNKNOWN;
	}
	cell->first_port = ports[0].number;
	const int count = count_connections(cell, inquiry, result);
	for (int i = 0; i < PORTS; i++)
		port_give_back(&ports[i]);
	return count;
}

/* What a network apart yields, by way and number of destinations. It is made once for all of them: that
 * takes a tenth of a second, and more where the machine has very many sockets. */
static struct apart_count {
	int count;          /* UNKNOWN: it could not be run */
	struct fault fault; /* for that reason; CALL_NONE: there is no such network */
} counts[RULES_WAYS][RULES_DESTINATIONS];
static bool counted;

static void count_all(struct inquiry *inquiry)
{
	for (int row = 0; row < RULES_WAYS; row++)
		for (int column = 0; column < RULES_DESTINATIONS; column++) {
			const struct cell cell = {
			    .table = &table_ephemeral, .at_row = row, .at_column = column};
			int result;
			*inquiry->fault = (struct fault){0};
			counts[row][column].count = count_connections(&cell, inquiry, &result);
			counts[row][column].fault = *inquiry->fault;
		}
}

/* What the other process found. */
static void read_counts(int report)
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

/* Lets a process with a network of its own find out; what it cannot stays UNKNOWN. */
static void count_apart(struct inquiry *inquiry)
{
	struct crew crew;
	struct member member;
	const char *call;

	for (int row = 0; row < RULES_WAYS; row++)
		for (int column = 0; column < RULES_DESTINATIONS; column++)
			counts[row][column] = (struct apart_count){.count = UNKNOWN};
	if (crew_open(&crew) < 0)
		return;
	switch (crew_fork(&crew, &member)) {
	case 1:
		if (netns_enter(&call) == 0 &&
		    netns_tune("net.ipv4.ip_local_port_range", APART_RANGE) == 0)
			count_all(inquiry);
		_exit(write(member.report, counts, sizeof counts) < 0);
	case 0:
		read_counts(member.report);
		crew_reap(&member);
		break;
	}
	crew_close(&crew);
}

/* Of a network of our own nothing is set but its range of ports. */
static bool may_bind_twice(bool apart)
{
	return !apart && tunable_number("net.ipv4.ip_autobind_reuse", 0) != 0;
}

/* What the rule says, and what was counted. Where chance decides, every count that the rule allows is the
 * same. */
static void judge_ephemeral(struct cell *cell, int count, bool apart)
{
	const enum rule_way way = ways[cell->at_row].way;
	const int destinations = cell->at_column + 1;
	const int least = rule_ephemeral(rule_here(), way, PORTS, destinations);
	const int most = may_bind_twice(apart)
			     ? rule_ephemeral_most(rule_here(), way, PORTS, destinations)
			     : least;

	cell->rule = (struct cell_answer){
	    .word = least < 0 ? CELL_UNDOCUMENTED : CELL_COUNT, .least = least, .most = most};
	cell->observed = (struct cell_answer){.word = CELL_COUNT, .least = count, .most = count};
	if (least < most && count >= least && count <= most)
		cell->observed = cell->rule;
}

static int measure_ephemeral(struct cell *cell, struct inquiry *inquiry)
{
	const struct apart_count *const there = &counts[cell->at_row][cell->at_column];
	int result = 0, count = UNKNOWN;

	judge_ephemeral(cell, UNKNOWN, false); /* the rule, also where there is no time */
	*inquiry->fault = (struct fault){0};
	if (inquiry_late(inquiry))
		return 0;
	/* Where no such ports were found for one cell, none are for the next, and the search takes long. */
	if (option_known(OPTION_PORT_RANGE) && (!counted || there->count == UNKNOWN))
		count = count_here(cell, inquiry, &result);
	const bool apart = count == UNKNOWN && result == 0;
	if (apart) {
		cell->first_port = 0;
		if (!counted)
			count_apart(inquiry);
		counted = true;
		count = there->count;
		if (inquiry->fault->at == CALL_NONE)
			*inquiry->fault = there->fault;
	}
	if (count != UNKNOWN)
		judge_ephemeral(cell, count, apart);
	else if (inquiry->fault->at != CALL_NONE)
		cell->observed =
		    (struct cell_answer){.word = CELL_HINDERED, .fault = *inquiry->fault};
	else
		cell->observed = (struct cell_answer){.word = CELL_NEEDS_PORTS};
	return result;
}

const struct rules_table table_ephemeral = {
    .name = "ephemeral",
    .states = 1,
    .rows = RULES_WAYS,
    .columns = RULES_DESTINATIONS,
    .label = label_ephemeral,
    .write = write_ephemeral,
    .goes_on = true,
    .answers = answers_ephemeral,
    .measure = measure_ephemeral,
};
