#include <errno.h>
#include <stdio.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/report.h"
#include "answer/sentences.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cmd/run/aside.h"
#include "cmd/run/explain.h"
#include "os/facts.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "words/errors.h"

enum {
	REMEMBERED = 256, /* refusals: of more the oldest are forgotten, and explained again */
	LINES_MOST = 3,   /* of a refused connect */
	OUR_FILTERS = 1,
};

/* A refusal that was explained. */
struct refusal {
	long pid;
	enum tcp_call call;
	int error;
	union addr addr;
};

/* What was found out of one; large, so it stands here. */
static struct {
	struct findings findings;
	struct report report; /* of a bind or listen; of the bind to a source */
	bool elsewhere;       /* in another network, which is not looked at */
	struct reason reasons[REASONS_MOST];
	size_t reason_count;
	char asked[ADDR_TEXT];
} found;

static const union addr *address_asked(const struct run_seen *seen)
{
	return seen->call.call == CALL_CONNECT ? &seen->peer : &seen->local;
}

static bool was_explained(const struct run_seen *seen)
{
	static struct refusal refusals[REMEMBERED];
	static size_t next, count;
	const struct traced *call = &seen->call;
	const union addr *addr = address_asked(seen);

	for (size_t i = 0; i < count; i++)
		if (refusals[i].pid == call->pid && refusals[i].call == call->call &&
		    refusals[i].error == call->error && addr_same(&refusals[i].addr, addr))
			return true;
	refusals[next] = (struct refusal){
	    .pid = call->pid, .call = call->call, .error = call->error, .addr = *addr};
	next = (next + 1) % REMEMBERED;
	if (count < REMEMBERED)
		count++;
	return false;
}

/* --- finding out ------------------------------------------------------------------------ */

/* The socket that was refused `local`, as the rule looks at it. */
static struct newcomer newcomer_of(const struct run_seen *seen, const union addr *local)
{
	const struct traced *call = &seen->call;
	const enum tcp_call at = call->call == CALL_LISTEN ? CALL_LISTEN : CALL_BIND;
	struct newcomer newcomer = {
	    .local = *local, .inode = call->inode, .refused = {.at = at, .error = call->error}};
	char device[IF_NAMESIZE];
	struct stat owner;

	for (unsigned option = 0; option < OPTION_COUNT; option++)
		if (call->options & 1u << option)
			newcomer.set |= probe_bit((enum option)option);
	newcomer.seen = call->sock >= 0;
	if (newcomer.seen) {
		const union addr has = sock_local(call->sock);
		newcomer.bound = addr_port(&has) != 0;
	}
	/* The owner of a socket is who has made it. */
	if (call->sock >= 0 && fstat(call->sock, &owner) == 0)
		newcomer.uid = (long)owner.st_uid;
	if (call->sock >= 0 && option_device(call->sock, device))
		newcomer.device = if_nametoindex(device);
	return newcomer;
}

static void read_holders(const struct run_seen *seen)
{
	const union addr *local = &seen->local;
	const struct newcomer newcomer = newcomer_of(seen, local);

	if (local->any.sa_family == AF_UNSPEC)
		return;
	addr_print(local, found.asked);
	if (facts_elsewhere() == FACT_YES) {
		found.elsewhere = true;
		return;
	}
	if (addr_port(local) != 0)
		findings_read(&found.findings, addr_port(local), false, false, true);
	/* The process itself stands still for this alone. */
	for (size_t i = 0; i < found.findings.holders.process_count; i++) {
		struct process *process = &found.findings.holders.processes[i];
		process->kin = trace_kin(process->pid, seen->call.pid);
		if (process->kin == KIN_SELF)
			process->state = 'R';
	}
	found.report = (struct report){
	    .findings = &found.findings, .count = 1, .brief = true, .asked = found.asked};
	diagnose(&found.findings, &newcomer, false, &found.report.diagnoses[0]);
}

static void read_reasons(const struct run_seen *seen)
{
	const struct subject subject = {
	    .local = seen->local.any.sa_family == AF_UNSPEC ? NULL : &seen->local,
	    .peer = seen->peer.any.sa_family == AF_UNSPEC ? NULL : &seen->peer,
	    .refused = true};

	found.reason_count =
	    diagnose_errno(CALL_CONNECT, seen->call.error, &subject, found.reasons);
}

/* What the thread stands still for. */
static void learn_refusal(const struct run_seen *seen)
{
	memset(&found, 0, sizeof found);
	facts_about(seen->call.pid, OUR_FILTERS);
	if (seen->call.malformed)
		return;
	if (seen->call.call == CALL_CONNECT && !seen->call.refuse)
		read_reasons(seen);
	else
		read_holders(seen);
}

/* --- showing ---------------------------------------------------------------------------- */

static void refusal_event(const struct run_seen *seen, const char *text, enum fact holds)
{
	json_open("cause");
	json_text("errno", errname(seen->call.error));
	json_text("call", fault_call(seen->call.call));
	json_text("text", text);
	json_bool("holds", holds == FACT_UNKNOWN ? -1 : holds == FACT_YES);
	json_end();
}

static void explain_cause(const struct run_seen *seen, const char *text, enum fact holds)
{
	if (out_json()) {
		refusal_event(seen, text, holds);
		return;
	}
	out_line("%s", text);
}

/* What the errno means, then what of its causes holds here, or may. */
static void show_connect(const struct run_seen *seen)
{
	const char *meaning = errors_meaning(CALL_CONNECT, seen->call.error);
	char text[SENTENCE_TEXT];
	size_t lines = 0;

	/* In JSON it is no cause where there are such. */
	if (found.reason_count == 0 || (meaning && !out_json())) {
		snprintf(text, sizeof text, "%s: %s", errname(seen->call.error),
		    meaning ? meaning : strerror(seen->call.error));
		explain_cause(seen, text, FACT_UNKNOWN);
		lines++;
	}
	for (size_t i = 0; i < found.reason_count && lines < LINES_MOST; i++) {
		const struct reason *reason = &found.reasons[i];
		if (out_quiet() && lines > 0)
			break;
		snprintf(text, sizeof text, "%s%s%s%s",
		    reason->holds == FACT_YES || out_json() ? "" : "possible: ",
		    reason->cause->text, *reason->said ? ": " : "", reason->said);
		explain_cause(seen, text, reason->holds);
		lines++;
	}
}

/* The bind to the source was refused: the answer's line of why. */
static void show_source(const struct run_seen *seen)
{
	struct sentence sentence;
	char name[ADDR_TEXT + 16];

	snprintf(name, sizeof name, "TCP %s", found.asked);
	sentences_answer(
	    &found.report.diagnoses[0], found.report.diagnoses[0].in_the_way, name, &sentence);
	explain_cause(seen, sentence.text, sentence.inferred ? FACT_UNKNOWN : FACT_YES);
}

static void show_elsewhere(const struct run_seen *seen)
{
	char text[SENTENCE_TEXT];

	snprintf(text, sizeof text,
	    "it is in another network namespace, which root sees by: nsenter -t %ld -n reuse why %s",
	    seen->call.pid, found.asked);
	explain_cause(seen, text, FACT_UNKNOWN);
}

/* The bytes that bind or connect was given are no address. */
static void show_malformed(const struct run_seen *seen)
{
	const int error = seen->call.error;
	char text[SENTENCE_TEXT];

	snprintf(text, sizeof text, "%s: %s", errname(error),
	    error == EFAULT
		? "the address cannot be read: its pointer leads outside the process's memory"
		: "the address is too short, or not of the socket's family");
	explain_cause(seen, text, FACT_YES);
}

static void show_found(const struct run_seen *seen)
{
	if (seen->call.malformed)
		show_malformed(seen);
	else if (found.elsewhere)
		show_elsewhere(seen);
	else if (seen->call.call == CALL_CONNECT && !seen->call.refuse)
		show_connect(seen);
	else if (found.report.count > 0 && seen->call.refuse)
		show_source(seen);
	else if (found.report.count > 0)
		report_show(&found.report);
	findings_free(&found.findings);
}

/* --- aside ------------------------------------------------------------------------------ */

/* Of the tracer's end the program would die, so what reads all of a machine's sockets is a child. */
static struct aside explainer;
static bool is_aside;

bool run_explain_read(const struct run_seen *seen)
{
	const enum tcp_call call = seen->call.call;

	if ((call != CALL_BIND && call != CALL_LISTEN && call != CALL_CONNECT) ||
	    was_explained(seen))
		return false;
	is_aside = aside_begin(&explainer) == 0;
	if (is_aside && explainer.pid > 0) {
		aside_await(&explainer);
		return true;
	}
	learn_refusal(seen);
	if (!is_aside)
		return true;
	/* The program's socket is its own again. */
	if (seen->call.sock >= 0)
		close(seen->call.sock);
	aside_ready(&explainer);
	show_found(seen);
	aside_end();
}

void run_explain_show(const struct run_seen *seen)
{
	char text[RUN_TEXT];

	if (!is_aside) {
		show_found(seen);
		return;
	}
	const int number = aside_relay(&explainer);
	if (number == 0)
		return;
	snprintf(text, sizeof text, "the process that explains a refusal was killed by signal %d",
	    number);
	run_view_note(NULL, text);
}
