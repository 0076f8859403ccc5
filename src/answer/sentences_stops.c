/* What is to be stopped or ended, in sentences. */
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "cli/text.h"
#include "words/who.h"

/* One that cannot be stopped for the sake of who asks. */
static void add_kin(const struct process *process, struct sentences *sentences)
{
	char who[WHO_TEXT];

	sentences_add(sentences, SENTENCE_STOP, false,
	    "%s has it %s: that socket has to be closed first", who_process(process, who),
	    process->kin == KIN_SELF ? "itself" : "and started this one");
}

/* The parent of what is killed may start it again: one that is stopped itself does not. */
static void add_parent(const struct cures *cures, struct sentences *sentences)
{
	char who[WHO_TEXT], parent[WHO_TEXT];

	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct stop *stop = &cures->stops[i];
		const struct process *process = stop->process;
		bool stopped = stop->manager != MANAGER_NONE || !process->supervisor;
		for (size_t j = 0; j < cures->stop_count && !stopped; j++)
			stopped = cures->stops[j].process &&
				  cures->stops[j].process->pid == process->parent;
		if (stopped)
			continue;
		struct process master = {.pid = process->parent};
		memcpy(master.program, process->parent_program, sizeof master.program);
		sentences_add(sentences, SENTENCE_STOP, true,
		    "its parent, %s, may start %s again: if so, stop that first: kill %ld",
		    who_process(&master, parent), who_process(process, who), process->parent);
		return;
	}
}

/* Of a server of many services one alone is to be given up. */
static void add_inetd(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	char who[WHO_TEXT];

	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct process *process = cures->stops[i].process;
		if (!process || process->forwarder != FORWARDER_INETD ||
		    cures->stops[i].manager == MANAGER_OUTER)
			continue;
		sentences_add(sentences, SENTENCE_STOP, true,
		    "%s has it for a service in its configuration: once that is removed there, "
		    "this frees that port alone: kill -HUP %ld",
		    who_process(process, who), process->pid);
		return;
	}
}

/* What is left to do then. */
static void add_then(const struct diagnosis *diagnosis, char *text, size_t size)
{
	const struct cures *cures = &diagnosis->cures;

	if (cures->wait_ms > 0)
		text_add(text, size, ", and wait for what is closed, %s%lld s%s",
		    cures->at_most ? "at most " : "",
		    sentences_seconds(cures->wait_ms + (cures->at_most ? cures->late_ms : 0)),
		    cures->at_most ? "" : " or a little more");
	else if (cures->leaves)
		text_add(text, size, "; its connections may stay in TIME_WAIT for a minute");
	if (cures->leaves && cures->wait_ms <= 0 && cures->beside_left)
		text_add(text, size, ": with %s on your socket you need not wait",
		    sentences_set((unsigned)cures->beside_left));
	if (diagnosis->privileged)
		text_add(text, size, "; then only the privilege is missing");
	else if (diagnosis->reason_count > 0)
		text_add(text, size, "; that alone is not enough");
}

/* The commands of one sentence, whole: of them and what is said around them none is cut. */
enum { COMMANDS_TEXT = SENTENCE_TEXT - 300, PIDS_TWICE = 150 };

/* Processes that are killed in one way: " 12 13"; STOPS_MOST of them have room. */
struct killed {
	char pids[SENTENCE_TEXT];
	const struct process *first;
	size_t count;
};

static void add_killed(struct killed *killed, const struct process *process)
{
	text_add(killed->pids, sizeof killed->pids, " %ld", process->pid);
	if (killed->count++ == 0)
		killed->first = process;
}

/* Those whom no ordinary kill reaches yet. */
static void add_suspended(const struct killed *suspended, bool unsure, struct sentences *sentences)
{
	char who[WHO_TEXT], which[WHO_TEXT + 48];
	const bool one = suspended->count == 1;

	if (suspended->count == 0)
		return;
	who_process(suspended->first, who);
	if (one)
		snprintf(which, sizeof which, "%s is", who);
	else
		snprintf(which, sizeof which, "%s and %zu more are", who, suspended->count - 1);
	if (suspended->first->state == 't')
		sentences_add(sentences, SENTENCE_STOP, unsure,
		    "%s stopped by a debugger, an ordinary kill has no effect until the debugger "
		    "lets %s continue: kill -KILL%s",
		    which, one ? "it" : "them", suspended->pids);
	else if (strlen(suspended->pids) > PIDS_TWICE)
		sentences_add(sentences, SENTENCE_STOP, unsure,
		    "%s suspended (ctrl-z), an ordinary kill has no effect yet: fg in their shells, or kill -KILL%s",
		    which, suspended->pids);
	else
		sentences_add(sentences, SENTENCE_STOP, unsure,
		    "%s suspended (ctrl-z), an ordinary kill has no effect yet: fg in %s, kill "
		    "-CONT%s, or kill -KILL%s",
		    which, one ? "its shell" : "their shells", suspended->pids, suspended->pids);
}

/* The first that is frozen, and what of a kill it heeds. */
static void add_frozen(const struct cures *cures, struct sentences *sentences)
{
	char who[WHO_TEXT];

	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct stop *stop = &cures->stops[i];
		if (!stop->frozen || stop->manager != MANAGER_NONE)
			continue;
		who_process(stop->process, who);
		if (stop->process->state == 'D')
			sentences_add(sentences, SENTENCE_STOP, true,
			    "%s is frozen by its control group, a kill has effect when that is thawed: echo THAWED "
			    ">/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' /proc/%ld/cgroup)/freezer.state",
			    who, stop->process->pid);
		else
			sentences_add(sentences, SENTENCE_STOP, false,
			    "%s is frozen by its control group: until it is thawed it handles no signal",
			    who);
		return;
	}
}

/* Adds a command of two parts to the `*count` in the text; returns whether it has room. */
static bool add_command(
    char text[COMMANDS_TEXT], size_t *count, const char *command, const char *pids)
{
	if (strlen(text) + strlen("; ") + strlen(command) + strlen(pids) >= COMMANDS_TEXT)
		return false;
	text_add(text, COMMANDS_TEXT, "%s%s%s", (*count)++ ? "; " : "", command, pids);
	return true;
}

/* Supervisors are known by the names and the environment that processes give themselves; services that are not seen may
 * not run. */
static bool is_guessed(enum manager manager)
{
	return manager >= MANAGER_SUPERVISORD && manager <= MANAGER_STARTED;
}

/* The commands of one row each, kills in one; where there are others, those suspended are among them. */
static void add_stops(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	struct killed kills = {0}, deaf = {0}, suspended = {0};
	char text[COMMANDS_TEXT] = "", who[WHO_TEXT], then[240] = "";
	const struct stop *first = NULL, *other = NULL;
	const bool known = !cures->stop_unsure && !cures->stop_others;
	bool unsure = !known;
	size_t count = 0;
	bool whole = true;

	if (!cures->stop_helps)
		return;
	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct stop *stop = &cures->stops[i];
		unsure |= stop->guessed || is_guessed(stop->manager);
		if (stop->manager == MANAGER_FIRST)
			first = stop;
		else if (stop->manager == MANAGER_KIN)
			add_kin(stop->process, sentences);
		else if (stop->manager == MANAGER_OUTER)
			sentences_add(sentences, SENTENCE_STOP, unsure,
			    "%s is to be stopped in the PID namespace that /proc is of, a kill from here "
			    "knows no such number: a /proc of this namespace ('mount -t proc proc /proc') "
			    "shows what it knows",
			    who_process(stop->process, who));
		else if (!*stop->command)
			other = stop;
		else if (stop->manager == MANAGER_NONE)
			add_killed(stop->suspended              ? &suspended
				   : stop->deaf || stop->frozen ? &deaf
								: &kills,
			    stop->process);
		else
			whole &= add_command(text, &count, stop->command, "");
	}
	if (kills.count > 0)
		whole &= add_command(text, &count, "kill", kills.pids);
	if (deaf.count > 0 || (*text && suspended.count > 0)) {
		text_add(deaf.pids, sizeof deaf.pids, "%s", suspended.pids);
		whole &= add_command(text, &count, "kill -KILL", deaf.pids);
	}
	add_then(diagnosis, then, sizeof then);
	if (deaf.count > 0 && deaf.first->deaf)
		text_add(then, sizeof then, "; on %s an ordinary kill has no effect",
		    who_process(deaf.first, who));
	if (!whole)
		sentences_add(sentences, SENTENCE_STOP, unsure,
		    "stop what has it, all of it, with the commands that 'reuse why --json' "
		    "lists: too many for one line%s",
		    then);
	else if (*text)
		sentences_add(sentences, SENTENCE_STOP, unsure, "stop what has it%s: %s%s",
		    count > 1 ? ", all of it" : "", text, then);
	add_suspended(&suspended, !known, sentences);
	if (first)
		sentences_add(sentences, SENTENCE_STOP, true,
		    "%s is process 1: as a service manager it has the port for a socket unit, "
		    "which 'systemctl list-sockets' names: stop that unit; in a container, stop the container",
		    who_process(first->process, who));
	if (other)
		sentences_add(sentences, SENTENCE_STOP, !known,
		    "stop the container %s with its own tool", other->place->container);
	add_frozen(cures, sentences);
	add_parent(cures, sentences);
	add_inetd(diagnosis, sentences);
	sentences_forwarder(diagnosis, sentences);
}

/* The states of closed connections in the way, as ss writes them. */
static void add_kill(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	static const char *const names[] = {[HOLDER_FIN_WAIT1] = "fin-wait-1",
	    [HOLDER_FIN_WAIT2] = "fin-wait-2",
	    [HOLDER_TIME_WAIT] = "time-wait",
	    [HOLDER_CLOSE_WAIT] = "close-wait",
	    [HOLDER_LAST_ACK] = "last-ack",
	    [HOLDER_CLOSING] = "closing"};
	const struct findings *findings = diagnosis->findings;
	const struct holder *part = NULL;
	char states[160] = "", peer[ADDR_TEXT];
	unsigned seen = 0;

	if (!diagnosis->cures.closed || diagnosis->newcomer.udp)
		return;
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (!conflict_blocks(&diagnosis->newcomer, holder) ||
		    (!role_is_remnant(findings->roles[i]) && findings->roles[i] != ROLE_ORPHAN))
			continue;
		if (holder->mptcp) {
			/* The TCP below is established still, as live ones are. */
			part = holder;
			continue;
		}
		if (holder->state >= sizeof names / sizeof *names || !names[holder->state] ||
		    seen & 1U << holder->state)
			continue;
		seen |= 1U << holder->state;
		text_add(states, sizeof states, "state %s ", names[holder->state]);
	}
	if (*states)
		sentences_add(sentences, SENTENCE_KILL, false,
		    "end the closed connections, as root, if this kernel allows it (not tried): "
		    "ss -K -nat %s'sport = :%u'",
		    states, addr_port(&diagnosis->newcomer.local));
	else if (part)
		sentences_add(sentences, SENTENCE_KILL, false,
		    "end the closed MPTCP connection, as root, if this kernel allows it (not tried): "
		    "ss -K -nat 'sport = :%u and dst %s'",
		    addr_port(&diagnosis->newcomer.local), addr_print(&part->peer, peer));
}

void sentences_stops(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	add_stops(diagnosis, sentences);
	add_kill(diagnosis, sentences);
}
