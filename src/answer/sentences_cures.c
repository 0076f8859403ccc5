#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "cli/text.h"
#include "words/who.h"

__attribute__((format(printf, 4, 5))) static void add_sentence(
    struct sentences *sentences, enum sentence_kind kind, bool inferred, const char *format, ...)
{
	struct sentence *sentence = &sentences->list[sentences->count];
	va_list args;

	if (sentences->count == SENTENCES_MOST)
		return;
	va_start(args, format);
	vsnprintf(sentence->text, sizeof sentence->text, format, args);
	va_end(args);
	sentence->kind = kind;
	sentence->inferred = inferred;
	if (inferred)
		text_add(sentence->text, sizeof sentence->text, " (inferred)");
	sentences->count++;
}

static const char *set_name(unsigned set)
{
	static const char *const names[PROBE_SETS] = {"no option", "SO_REUSEADDR", "SO_REUSEPORT",
	    "SO_REUSEADDR and SO_REUSEPORT", "IPV6_V6ONLY", "IPV6_V6ONLY and SO_REUSEADDR",
	    "IPV6_V6ONLY and SO_REUSEPORT", "IPV6_V6ONLY, SO_REUSEADDR and SO_REUSEPORT"};

	return names[set];
}

/* Whose connections come to whom, where both listen. As Linux groups them: inet_reuseport_add_sock. */
static const char *two_listeners(const struct diagnosis *diagnosis, unsigned set)
{
	const struct newcomer *newcomer = &diagnosis->newcomer;
	const struct holder *holder = &diagnosis->findings->holders.list[diagnosis->first];

	if (diagnosis->in_the_way == 0 ||
	    diagnosis->findings->roles[diagnosis->first] != ROLE_LISTENER)
		return "";
	if (!addr_same(&holder->local, &newcomer->local))
		return "; of two listeners the one with the more specific address gets the connection";
	if (holder->device != newcomer->device)
		return "; the listener that is bound to an interface gets what comes by way of it";
	if ((set & PROBE_V6ONLY) || (addr_is_any(&holder->local) && holder->v6only == 1))
		return "";
	return "; if both listen, the kernel deals new connections out between the two, unless a program "
	       "chooses";
}

static void add_option(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const int set = diagnosis->cures.set;
	char local[ADDR_TEXT];

	if (set < 0)
		return;
	addr_print(&diagnosis->newcomer.local, local);
	add_sentence(sentences, SENTENCE_OPTION, false,
	    "%s on your socket, set before bind, lets you have %s%s%s", set_name((unsigned)set),
	    (unsigned)set & PROBE_V6ONLY ? local : "it",
	    (unsigned)set & PROBE_V6ONLY ? " for IPv6 alone" : "",
	    two_listeners(diagnosis, (unsigned)set));
}

/* All in the way that have a process: "nc[12] and nc[13] and others". */
static void add_names(const struct diagnosis *diagnosis, char *text, size_t size)
{
	const struct holders *holders = &diagnosis->findings->holders;
	long named[3];
	size_t count = 0;
	char who[WHO_TEXT];

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		if (holder->owner_count == 0 || !conflict_blocks(&diagnosis->newcomer, holder))
			continue;
		const struct process *process = holder_process(holders, holder, 0);
		bool known = false;
		for (size_t j = 0; j < count; j++)
			known |= named[j] == process->pid;
		if (known)
			continue;
		if (count == 3) {
			text_add(text, size, " and others");
			return;
		}
		text_add(text, size, "%s%s", count ? " and " : "", who_process(process, who));
		named[count++] = process->pid;
	}
	if (count == 0)
		text_add(text, size, "the other sockets");
}

static void add_both(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const int both = diagnosis->cures.both;
	char names[WHO_TEXT] = "";

	if (!both)
		return;
	add_names(diagnosis, names, sizeof names);
	add_sentence(sentences, SENTENCE_OPTION, false,
	    "if %s had %s set too, your socket could have it with %s", names,
	    set_name((unsigned)both), set_name((unsigned)both));
}

/* A :: without IPV6_V6ONLY is in the way of IPv4. */
static void add_dual(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct findings *findings = diagnosis->findings;
	const union addr mine = addr_unmap(&diagnosis->newcomer.local);
	char who[WHO_TEXT], local[ADDR_TEXT];

	if (mine.any.sa_family != AF_INET)
		return;
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (findings->roles[i] != ROLE_LISTENER || !addr_is_any(&holder->local) ||
		    holder->local.any.sa_family != AF_INET6 ||
		    !conflict_blocks(&diagnosis->newcomer, holder))
			continue;
		add_sentence(sentences, SENTENCE_OPTION, false,
		    "%s takes IPv4 as well on %s: with IPV6_V6ONLY set there it would not be in the way",
		    who_text(&findings->holders, holder, who), addr_print(&holder->local, local));
		return;
	}
}

static void add_wait(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	const struct holder *first = &diagnosis->findings->holders.list[diagnosis->first];
	bool most = false;

	if (!cures->closed)
		return;
	for (size_t i = 0; i < diagnosis->findings->holders.count; i++)
		most |= diagnosis->findings->holders.list[i].probing;
	if (cures->wait_ms >= 0 && cures->only_closed)
		add_sentence(sentences, SENTENCE_WAIT, most,
		    "wait %lld s%s: then it is free without any option",
		    sentences_seconds(cures->wait_ms), most ? " at most" : " or a little more");
	else if (cures->only_closed && first->probing)
		add_sentence(sentences, SENTENCE_WAIT, true,
		    "wait until its peer reads or ends, or the kernel gives it up, which takes minutes");
	else if (cures->only_closed)
		add_sentence(sentences, SENTENCE_WAIT, true,
		    "wait until the other end has closed too, or the kernel gives it up");
}

static void add_user(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;

	if (cures->as >= 0)
		add_sentence(sentences, SENTENCE_USER, false, "run as %s%s%s%s",
		    who_user(cures->as), cures->as_set ? " with " : "",
		    cures->as_set ? set_name(cures->as_set) : "",
		    diagnosis->in_the_way && !cures->as_set ? ": to that user the port is free"
							    : "");
}

/* One that cannot be stopped for the sake of who asks. */
static void add_kin(const struct process *process, struct sentences *sentences)
{
	char who[WHO_TEXT];

	add_sentence(sentences, SENTENCE_STOP, false,
	    "%s has it %s: that socket is to be closed first", who_process(process, who),
	    process->kin == KIN_SELF ? "itself" : "and started this one");
}

/* The commands of one row each, kills in one. */
static void add_stops(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	char text[SENTENCE_TEXT] = "", kills[SENTENCE_TEXT] = "", who[WHO_TEXT];
	const struct stop *suspended = NULL, *first = NULL, *other = NULL;
	size_t count = 0;

	if (!cures->stop_helps)
		return;
	for (size_t i = 0; i < cures->stop_count; i++) {
		const struct stop *stop = &cures->stops[i];
		if (stop->manager == MANAGER_FIRST)
			first = stop;
		else if (stop->manager == MANAGER_KIN)
			add_kin(stop->process, sentences);
		else if (!*stop->command)
			other = stop;
		else if (stop->suspended && stop->manager == MANAGER_NONE)
			suspended = stop;
		else if (stop->manager == MANAGER_NONE)
			text_add(kills, sizeof kills, "%s",
			    stop->command + (*kills ? strlen("kill") : 0));
		else
			text_add(text, sizeof text, "%s%s", count++ ? "; " : "", stop->command);
	}
	if (*kills)
		text_add(text, sizeof text, "%s%s", count++ ? "; " : "", kills);
	const char *then = cures->wait_ms > 0 ? ", and wait for what is closed" : "";
	if (*text)
		add_sentence(sentences, SENTENCE_STOP, false, "stop what has it%s: %s%s",
		    count > 1 ? ", all of it" : "", text, then);
	if (suspended)
		add_sentence(sentences, SENTENCE_STOP, false,
		    "%s is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT "
		    "%ld, or %s",
		    who_process(suspended->process, who), suspended->process->pid,
		    suspended->command);
	if (first)
		add_sentence(sentences, SENTENCE_STOP, true,
		    "%s is the first process here, as a service manager it has the port for a socket unit: "
		    "'systemctl list-sockets' names it, stop that unit; of a container, stop the container",
		    who_process(first->process, who));
	if (other)
		add_sentence(sentences, SENTENCE_STOP, false,
		    "stop the container %s, by what runs it", other->place->container);
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
	char states[160] = "";
	unsigned seen = 0;

	if (!diagnosis->cures.closed || diagnosis->newcomer.udp)
		return;
	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (!conflict_blocks(&diagnosis->newcomer, holder) ||
		    (findings->roles[i] != ROLE_REMNANT && findings->roles[i] != ROLE_ORPHAN) ||
		    holder->state >= sizeof names / sizeof *names || !names[holder->state] ||
		    seen & 1U << holder->state)
			continue;
		seen |= 1U << holder->state;
		text_add(states, sizeof states, "state %s ", names[holder->state]);
	}
	if (*states)
		add_sentence(sentences, SENTENCE_KILL, false,
		    "end what is closed, as root, where this kernel lets (not tried): ss -K -nat %s'sport = :%u'",
		    states, addr_port(&diagnosis->newcomer.local));
}

static void add_elsewhere(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	const unsigned port = addr_port(&diagnosis->newcomer.local);

	if (cures->device)
		add_sentence(sentences, SENTENCE_OTHER, false,
		    "bound to another interface than theirs (SO_BINDTODEVICE) your socket could have it");
	if (cures->next_port)
		add_sentence(sentences, SENTENCE_OTHER, false, "or take another port: %u is free",
		    cures->next_port);
	else if (diagnosis->refused.error == EADDRINUSE && port != 0)
		add_sentence(sentences, SENTENCE_OTHER, false,
		    "or take another port or address (none was tried)");
	if (cures->only_closed)
		add_sentence(sentences, SENTENCE_OTHER, false,
		    "the next time, set SO_REUSEADDR on the server that ends and on the one that begins: then it "
		    "starts at once");
	if (cures->reserve)
		add_sentence(sentences, SENTENCE_OTHER, true,
		    "to keep a server's port out of the kernel's choice: sysctl -w "
		    "net.ipv4.ip_local_reserved_ports=%u",
		    port);
}

/* Causes that hold have a cure each; those that could not be asked are named. */
static void add_causes(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	for (size_t i = 0; i < diagnosis->reason_count; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		const char *cure = cause_cure(reason->cause->check);
		if (reason->holds == FACT_YES && cure)
			add_sentence(sentences, SENTENCE_CAUSE, false, "%s", cure);
	}
	for (size_t i = 0; i < diagnosis->reason_count; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		if (diagnosis->reasons[0].holds == FACT_YES || reason->holds != FACT_UNKNOWN)
			continue;
		add_sentence(sentences, SENTENCE_CAUSE, true, "possible: %s%s%s; to tell: %s",
		    reason->cause->text, *reason->said ? "; " : "", reason->said,
		    reason->cause->tell);
	}
}

void sentences_cures(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	sentences->count = 0;
	if (diagnosis->free)
		return;
	add_option(diagnosis, sentences);
	add_both(diagnosis, sentences);
	add_dual(diagnosis, sentences);
	add_wait(diagnosis, sentences);
	add_user(diagnosis, sentences);
	add_stops(diagnosis, sentences);
	add_kill(diagnosis, sentences);
	add_causes(diagnosis, sentences);
	add_elsewhere(diagnosis, sentences);
}
