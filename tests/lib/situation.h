/* A situation that a test writes down: sockets with their processes, who asks, and what is said of it, whole. */
#ifndef REUSE_TEST_SITUATION_H
#define REUSE_TEST_SITUATION_H

#include <arpa/inet.h>

#include "answer/report.h"
#include "tests/lib/shown.h"

enum { SITUATION_MOST = 96 };

static struct {
	struct holder list[SITUATION_MOST], elsewhere[SITUATION_MOST];
	enum role roles[SITUATION_MOST];
	struct process processes[SITUATION_MOST];
	struct owner owners[SITUATION_MOST];
	struct placement places[8];
	struct network networks[4];
	struct findings findings;
	struct report report;
	char asked[64];
} situation;

/* An address as 127.0.0.1 or ::1, with a port; "": none. */
static inline union addr situation_addr(const char *host, unsigned port)
{
	union addr addr = {0};

	if (*host) {
		addr = addr_any(strchr(host, ':') ? AF_INET6 : AF_INET, port);
		inet_pton(addr.any.sa_family, host,
		    addr.any.sa_family == AF_INET ? (void *)&addr.v4.sin_addr
						  : (void *)&addr.v6.sin6_addr);
	}
	return addr;
}

/* Nothing is there yet. */
static inline void situation_begin(void)
{
	memset(&situation, 0, sizeof situation);
	situation.findings =
	    (struct findings){.holders = {.list = situation.list,
				  .owners = situation.owners,
				  .processes = situation.processes,
				  .places = situation.places,
				  .place_count = sizeof situation.places / sizeof *situation.places,
				  .networks = situation.networks},
		.roles = situation.roles};
	situation.findings.elsewhere = situation.findings.holders;
	situation.findings.elsewhere.list = situation.elsewhere;
}

/* One more process, of that user. */
static inline struct process *situation_process(long pid, const char *program, long uid)
{
	struct holders *const holders = &situation.findings.holders;
	struct process *const process = &situation.processes[holders->process_count++];

	*process = (struct process){.pid = pid, .started = -1, .state = 'S', .uid = uid};
	snprintf(process->program, sizeof process->program, "%s", program);
	situation.findings.elsewhere.process_count = holders->process_count;
	return process;
}

static inline struct holder situation_holder(
    enum holder_state state, const char *local, const char *peer, unsigned port)
{
	return (struct holder){.state = state,
	    .local = situation_addr(local, port),
	    .peer = situation_addr(peer, 40000),
	    .uid = -1,
	    .left_ms = -1,
	    .most_ms = -1,
	    .queue_limit = LIMIT_UNKNOWN,
	    .drops = -1,
	    .reuseaddr = -1,
	    .reuseport = -1,
	    .v6only = -1};
}

/* One more socket, of the last process (of none where there is none). */
static inline struct holder *situation_add(
    enum role role, enum holder_state state, const char *local, const char *peer, unsigned port)
{
	struct holders *const holders = &situation.findings.holders;
	struct holder *const holder = &situation.list[holders->count];

	*holder = situation_holder(state, local, peer, port);
	holder->remnant = role_is_remnant(role);
	situation.roles[holders->count++] = role;
	if (holders->process_count == 0 || holder->remnant || role == ROLE_ORPHAN ||
	    role == ROLE_PENDING)
		return holder;
	const size_t process = holders->process_count - 1;
	holder->owner = holders->owner_count;
	holder->owner_count = 1;
	holder->inode = 1000 + holders->count;
	holder->uid = situation.processes[process].uid;
	holder->reuseaddr = holder->reuseport = holder->v6only = 0;
	situation.owners[holders->owner_count++] =
	    (struct owner){.inode = holder->inode, .process = process};
	return holder;
}

/* Somebody asks for an address; again: for one more. */
static inline struct diagnosis *situation_ask(const char *local, unsigned port, long uid, bool bind)
{
	struct report *const report = &situation.report;
	const struct newcomer newcomer = {.local = situation_addr(local, port), .uid = uid};

	report->findings = &situation.findings;
	snprintf(situation.asked, sizeof situation.asked, "%u", port);
	report->asked = situation.asked;
	diagnose(&situation.findings, &newcomer, bind, &report->diagnoses[report->count]);
	return &report->diagnoses[report->count++];
}

#endif
