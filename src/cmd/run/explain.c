#include <string.h>

#include "cli/out.h"
#include "cmd/run/explain.h"
#include "words/errors.h"

enum { REMEMBERED = 256 }; /* refusals: of more the oldest are forgotten, and explained again */

/* A refusal that was explained. */
struct refusal {
	long pid;
	enum tcp_call call;
	int error;
	union addr addr;
};

static bool was_explained(const struct run_seen *seen)
{
	static struct refusal refusals[REMEMBERED];
	static size_t next, count;
	const struct traced *call = &seen->call;
	const union addr *addr = call->call == CALL_LISTEN ? &seen->local : &call->addr;

	for (size_t i = 0; i < count; i++)
		if (refusals[i].pid == call->pid && refusals[i].call == call->call &&
		    refusals[i].error == call->error &&
		    !memcmp(&refusals[i].addr, addr, sizeof *addr))
			return true;
	refusals[next] =
	    (struct refusal){.pid = call->pid, .call = call->call, .error = call->error};
	memcpy(&refusals[next].addr, addr, sizeof *addr);
	next = (next + 1) % REMEMBERED;
	if (count < REMEMBERED)
		count++;
	return false;
}

bool run_explain_read(struct run_case *why, const struct run_seen *seen)
{
	const enum tcp_call call = seen->call.call;

	*why = (struct run_case){.seen = seen};
	return (call == CALL_BIND || call == CALL_LISTEN || call == CALL_CONNECT) &&
	       !was_explained(seen);
}

void run_explain_show(struct run_case *why)
{
	const struct traced *call = &why->seen->call;
	const char *meaning = errors_meaning(call->refuse ? CALL_BIND : call->call, call->error);

	if (meaning && !out_json())
		out_line("%s", meaning);
}
