#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "answer/sentences.h"
#include "cli/text.h"
#include "diagnosis/stop_command.h"
#include "os/tunable.h"
#include "words/who.h"

__attribute__((format(printf, 4, 5))) void sentences_add(
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

const char *sentences_set(unsigned set)
{
	static const char *const names[PROBE_SETS] = {"no option", "SO_REUSEADDR", "SO_REUSEPORT",
	    "SO_REUSEADDR and SO_REUSEPORT", "IPV6_V6ONLY", "IPV6_V6ONLY and SO_REUSEADDR",
	    "IPV6_V6ONLY and SO_REUSEPORT", "IPV6_V6ONLY, SO_REUSEADDR and SO_REUSEPORT"};

	return names[set];
}

/* The first listener in the way that shares an address with the newcomer once that has `set`; NULL: none. `alike`: how many
 * are at the address of the newcomer itself. */
static const struct holder *other_listener(
    const struct diagnosis *diagnosis, unsigned set, size_t *alike)
{
	const struct findings *findings = diagnosis->findings;
	const struct holder *first = NULL;
	const bool v6only = set & PROBE_V6ONLY;

	*alike = 0;

	for (size_t i = 0; i < findings->holders.count; i++) {
		const struct holder *holder = &findings->holders.list[i];
		if (findings->roles[i] == ROLE_LISTENER &&
		    conflict_blocks(&diagnosis->newcomer, holder) &&
		    !(v6only && addr_unmap(&holder->local).any.sa_family == AF_INET)) {
			first = first ? first : holder;
			*alike += addr_same(&holder->local, &diagnosis->newcomer.local);
		}
	}
	return first;
}

/* Whose connections come to whom, where both listen. As Linux groups them: inet_reuseport_add_sock. */
static void add_two_listeners(
    const struct diagnosis *diagnosis, unsigned set, char *text, size_t size)
{
	const struct newcomer *newcomer = &diagnosis->newcomer;
	size_t alike;
	const struct holder *holder = other_listener(diagnosis, set, &alike);
	char local[ADDR_TEXT], mine[ADDR_TEXT];

	if (!holder)
		return;
	addr_print(&newcomer->local, mine);
	addr_print(&holder->local, local);
	if (!addr_same(&holder->local, &newcomer->local))
		text_add(text, size,
		    "; of two listeners, on %s and on %s, the one with the more specific address gets the connection",
		    local, mine);
	else if (holder->device != newcomer->device)
		text_add(text, size,
		    "; the listener that is bound to an interface gets the connections that arrive there");
	else if (!(set & PROBE_V6ONLY) && !(addr_is_any(&holder->local) && holder->v6only == 1))
		text_add(text, size,
		    "; if %s listen on %s, the kernel deals new connections out between %s, unless a program chooses",
		    alike > 1 ? "all" : "both", mine, alike > 1 ? "them" : "the two");
}

static void add_option(const struct diagnosis *diagnosis, bool alone, struct sentences *sentences)
{
	const int set = diagnosis->cures.set;
	char local[ADDR_TEXT], both[SENTENCE_TEXT] = "";

	if (set < 0)
		return;
	addr_print(&diagnosis->newcomer.local, local);
	add_two_listeners(diagnosis, (unsigned)set, both, sizeof both);
	sentences_add(sentences, SENTENCE_OPTION, false,
	    "%s on your socket, set before bind, lets you have %s%s%s",
	    sentences_set((unsigned)set), alone || (unsigned)set & PROBE_V6ONLY ? local : "it",
	    (unsigned)set & PROBE_V6ONLY ? " for IPv6 alone" : "", both);
}

/* All in the way that have a process, and not the option `set` already: "nc[12] and nc[13] and others". */
static void add_names(const struct diagnosis *diagnosis, int set, char *text, size_t size)
{
	const struct holders *holders = &diagnosis->findings->holders;
	long named[3];
	size_t count = 0;
	char who[WHO_TEXT];

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		const int options = conflict_options(diagnosis->findings, i);
		if (holder->owner_count == 0 || !conflict_blocks(&diagnosis->newcomer, holder) ||
		    (options >= 0 && options & set))
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
}

/* The socket unit of one in the way; NULL: none is a socket unit's. */
static const char *socket_unit(const struct diagnosis *diagnosis)
{
	const struct holders *holders = &diagnosis->findings->holders;

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		const char *unit = holder->owner_count > 0
				       ? holder_place(holders, holder, 0)->unit
				       : holders_placement(holders, holder->place)->unit;
		if (stop_is_socket(unit) && conflict_blocks(&diagnosis->newcomer, holder))
			return unit;
	}
	return NULL;
}

static void add_both(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const int both = diagnosis->cures.both;
	const char *unit = both == PROBE_PORT ? socket_unit(diagnosis) : NULL;
	char names[WHO_TEXT] = "";

	if (!both)
		return;
	add_names(diagnosis, both, names, sizeof names);
	if (!*names)
		return;
	sentences_add(sentences, SENTENCE_BOTH, false,
	    "if %s had %s set too, your socket could have it with %s%s%s", names,
	    sentences_set((unsigned)both), sentences_set((unsigned)both),
	    unit
		? "; systemd sets it where this stands in the unit file: ReusePort=yes, in that of "
		: "",
	    unit ? unit : "");
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
		sentences_add(sentences, SENTENCE_AGAIN, false,
		    "%s takes IPv4 as well on %s: with IPV6_V6ONLY set there it would not be in the way",
		    who_text(&findings->holders, holder, who), addr_print(&holder->local, local));
		return;
	}
}

/* What is so once no socket is in the way any more. */
static const char *then_free(const struct diagnosis *diagnosis)
{
	return diagnosis->privileged ? "then only the privilege is missing"
				     : "then it is free without any option";
}

static void add_wait(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	const char *anew = "";

	if (!cures->only_closed)
		return;
	if (cures->half_open)
		anew =
		    "; where the other end closes first, it is in TIME_WAIT for 60 s from then on";
	else if (cures->may_stay)
		anew =
		    "; where the other end takes all before, it may stay closed for 60 s from then on";
	if (cures->wait_ms < 0)
		sentences_add(sentences, SENTENCE_WAIT, true,
		    "wait until the other end has closed too, or the kernel gives up");
	else if (cures->at_most)
		sentences_add(sentences, SENTENCE_WAIT, true, "wait %lld s at most: %s%s",
		    sentences_seconds(cures->wait_ms + cures->late_ms), then_free(diagnosis), anew);
	else
		/* Where not all sockets are listed another one may be in the way. */
		sentences_add(sentences, SENTENCE_WAIT, !conflict_complete(diagnosis->findings),
		    "wait %lld s or a little more: %s%s", sentences_seconds(cures->wait_ms),
		    then_free(diagnosis), anew);
}

static void add_user(const struct diagnosis *diagnosis, bool alone, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	char local[ADDR_TEXT];

	addr_print(&diagnosis->newcomer.local, local);
	if (cures->as >= 0)
		sentences_add(sentences, SENTENCE_USER, false, "run as %s%s%s%s%s%s",
		    who_user(cures->as), cures->as_set ? " with " : "",
		    cures->as_set ? sentences_set(cures->as_set) : "", alone ? " to have " : "",
		    alone ? local : "",
		    facts_no_new_privileges() == FACT_YES && diagnosis->newcomer.uid != 0
			? ", started from elsewhere: no_new_privs is set here, sudo has no effect"
			: "");
	else if (diagnosis->privileged && diagnosis->in_the_way && diagnosis->newcomer.uid != 0)
		sentences_add(sentences, SENTENCE_USER, false,
		    "running as root is not enough%s%s: its holder must be stopped as well",
		    alone ? " to have " : "", alone ? local : "");
}

static void add_elsewhere(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;
	const unsigned port = addr_port(&diagnosis->newcomer.local);

	if (cures->device)
		sentences_add(sentences, SENTENCE_OTHER, false,
		    "bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it");
	if (cures->next_port)
		sentences_add(sentences, SENTENCE_OTHER, false, "or take another port: %u is free",
		    cures->next_port);
	else if (diagnosis->refused.error == EADDRINUSE && port != 0 && cures->last_tried)
		sentences_add(sentences, SENTENCE_OTHER, false,
		    "or take another port or address (up to port %u none is free to you)",
		    cures->last_tried);
	else if (diagnosis->refused.error == EADDRINUSE && port != 0)
		sentences_add(sentences, SENTENCE_OTHER, false,
		    "or take another port or address (none was tried)");
}

/* The list of ports that the kernel leaves out, with this one. */
static void add_reserve(unsigned port, struct sentences *sentences)
{
	static const char name[] = "net.ipv4.ip_local_reserved_ports";
	char others[TUNABLE_TEXT];
	const bool known = tunable_read(name, others) == 0;
	const bool whole = known && strlen(others) < sizeof others - 2;

	if (whole)
		sentences_add(sentences, SENTENCE_AGAIN, true,
		    "to keep a server's port out of the kernel's choice: sysctl -w %s=%u%s%s", name,
		    port, *others ? "," : "", others);
	else
		sentences_add(sentences, SENTENCE_AGAIN, true,
		    "to keep a server's port out of the kernel's choice: sysctl -w %s=%u,$(sysctl -n %s)",
		    name, port, name);
}

/* What keeps it from coming again. */
static void add_again(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct cures *cures = &diagnosis->cures;

	if (cures->only_closed && !cures->reserve)
		sentences_add(sentences, SENTENCE_AGAIN, false,
		    "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that "
		    "starts: then it starts at once");
	if (cures->reserve)
		add_reserve(addr_port(&diagnosis->newcomer.local), sentences);
}

/* Causes that hold have a cure each; those that could not be asked are named. */
static void add_causes(const struct diagnosis *diagnosis, struct sentences *sentences)
{
	const struct subject subject = {
	    .local = &diagnosis->newcomer.local, .udp = diagnosis->newcomer.udp};
	char cure[CAUSE_CURE];
	size_t count = 0;
	bool told = false;

	for (size_t i = 0; i < diagnosis->reason_count; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		if (reason->holds != FACT_YES)
			continue;
		cause_cure(reason->cause, &subject, cure);
		count += reason->cause->check != CHECK_FOREIGN_NETWORK;
		if (!*cure)
			continue;
		told = true;
		sentences_add(sentences, SENTENCE_CAUSE, false, "%s", cure);
	}
	if (count > 1)
		sentences_add(sentences, SENTENCE_CAUSE, false,
		    "one of these is not enough: %s reasons must be removed",
		    count == 2 ? "both" : "all");
	if (told && diagnosis->in_the_way > 0 && diagnosis->cures.as < 0 &&
	    !(diagnosis->privileged && diagnosis->newcomer.uid != 0))
		sentences_add(sentences, SENTENCE_CAUSE, false,
		    "that alone is not enough: its holder must be stopped as well");
	for (size_t i = 0; i < diagnosis->reason_count && count == 0; i++) {
		const struct reason *reason = &diagnosis->reasons[i];
		if (reason->holds != FACT_UNKNOWN)
			continue;
		sentences_add(sentences, SENTENCE_CAUSE, true, "possible: %s%s%s; how to check: %s",
		    reason->cause->text, *reason->said ? "; " : "", reason->said,
		    reason->cause->tell);
	}
}

void sentences_cures(const struct diagnosis *diagnosis, bool alone, struct sentences *sentences)
{
	sentences->count = 0;
	if (diagnosis->free)
		return;
	add_option(diagnosis, alone, sentences);
	add_both(diagnosis, sentences);
	add_dual(diagnosis, sentences);
	add_wait(diagnosis, sentences);
	add_user(diagnosis, alone, sentences);
	sentences_stops(diagnosis, sentences);
	add_causes(diagnosis, sentences);
	add_elsewhere(diagnosis, sentences);
	add_again(diagnosis, sentences);
}
