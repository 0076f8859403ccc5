#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "diagnosis/verdict.h"
#include "os/tunable.h"
#include "os/process.h"
#include "tcp/errname.h"
#include "words/errors.h"
#include "words/who.h"

/* The sets in the order in which one would rather use them. */
static const unsigned kindest[] = {PROBE_ADDR, PROBE_PORT, PROBE_BOTH};

static const char *const set_names[PROBE_SETS] = {
    "no option", "SO_REUSEADDR", "SO_REUSEPORT", "SO_REUSEADDR and SO_REUSEPORT"};

__attribute__((format(printf, 3, 4))) static void say_that(
    struct verdict *verdict, bool observed, const char *format, ...)
{
	va_list args;

	if (verdict->count == VERDICT_MOST)
		return;
	struct sentence *sentence = &verdict->sentences[verdict->count++];
	sentence->observed = observed;
	va_start(args, format);
	vsnprintf(sentence->text, sizeof sentence->text, format, args);
	va_end(args);
}

/* The sockets of one kind that are in the way. */
struct group {
	size_t count;
	const struct holder *first;
	int64_t left_ms; /* the longest */
};

static void group(const struct obstacles *obstacles, struct group groups[KIND_COUNT])
{
	memset(groups, 0, KIND_COUNT * sizeof *groups);
	for (size_t i = 0; i < obstacles->count; i++) {
		const struct holder *holder = &obstacles->list[i];
		struct group *g = &groups[obstacles->attempt->holding->kinds[i]];
		if (!obstacle_blocks(obstacles, holder))
			continue;
		if (g->count++ == 0)
			g->first = holder;
		if (holder->left_ms > g->left_ms)
			g->left_ms = holder->left_ms;
	}
}

static long long seconds(int64_t ms)
{
	return (long long)(ms + 999) / 1000;
}

/* ", without options" and the like; "" where they were not read. */
static const char *with(const struct holder *holder)
{
	static const char *const texts[PROBE_SETS] = {", without options",
	    ", with SO_REUSEADDR alone", ", with SO_REUSEPORT alone",
	    ", with SO_REUSEADDR and SO_REUSEPORT"};

	if (holder->reuseaddr < 0)
		return "";
	return texts[(holder->reuseaddr ? PROBE_ADDR : 0U) | (holder->reuseport ? PROBE_PORT : 0U)];
}

/* "a connection", "3 connections" */
static const char *connections(size_t count, char text[48])
{
	if (count == 1)
		snprintf(text, 48, "a connection");
	else
		snprintf(text, 48, "%zu connections", count);
	return text;
}

/* What holds the port: a sentence about one kind. */
static void tell_group(
    const struct attempt *attempt, enum kind kind, const struct group *g, struct verdict *verdict)
{
	char who[WHO_TEXT], local[ADDR_TEXT], peer[ADDR_TEXT], n[48], user[USER_NAME + 8] = "";
	char name[USER_NAME], more[64] = "";
	const struct holder *first = g->first;

	who_text(&attempt->holding->holders, first, who);
	addr_print(&first->local, local);
	addr_print(&first->peer, peer);
	connections(g->count, n);
	if (first->owner_count > 0 && first->uid >= 0 && first->uid != attempt->uid)
		snprintf(user, sizeof user, " of %s", user_name((uid_t)first->uid, name));
	if (g->count > 1)
		snprintf(more, sizeof more, ", and %zu more like it", g->count - 1);

	const bool one = first->owner_count <= 1;
	const char *const has = one ? "has" : "have";
	switch (kind) {
	case KIND_LISTENER:
		say_that(verdict, true, "%s%s %s on %s%s%s", who, user, one ? "listens" : "listen",
		    local, with(first), more);
		break;
	case KIND_BOUND:
		say_that(verdict, true, "%s%s %s bound %s and neither %s nor %s%s%s", who, user,
		    has, local, one ? "listens" : "listen", one ? "connects" : "connect",
		    with(first), more);
		break;
	case KIND_SELF:
		say_that(verdict, true,
		    "%s%s %s connected %s to itself: both ends are one socket%s%s", who, user, has,
		    local, with(first), more);
		break;
	case KIND_ACCEPTED:
		say_that(verdict, false, "%s%s %s %s that came to %s%s", who, user, has, n, local,
		    with(first));
		break;
	case KIND_LEFT:
		say_that(verdict, false,
		    "%s%s still %s %s whose listener on that port is gone: %s -> %s%s", who, user,
		    has, n, local, peer, with(first));
		break;
	case KIND_OUTGOING:
		say_that(verdict, false, "%s%s %s %s going out: %s -> %s%s", who, user, has, n,
		    local, peer, with(first));
		break;
	case KIND_EPHEMERAL:
		say_that(verdict, false,
		    "%s%s %s an outgoing connection, for which the kernel picked that port: "
		    "%s -> %s%s%s",
		    who, user, has, local, peer, with(first), more);
		break;
	case KIND_PENDING:
		say_that(verdict, true, "%s to %s %s not been accepted yet and %s no process", n,
		    local, g->count > 1 ? "have" : "has", g->count > 1 ? "have" : "has");
		break;
	case KIND_ORPHAN:
		say_that(verdict, true,
		    "an orphan in %s, %s -> %s: its process has closed it, and the kernel waits for "
		    "the other end%s",
		    holder_state_name(first->state), local, peer, more);
		break;
	case KIND_REMNANT:
		say_that(verdict, true,
		    "%s of %s %s closed and %s in %s%s for %lld s more; no process has %s", n,
		    local, g->count > 1 ? "are" : "is", g->count > 1 ? "stay" : "stays",
		    holder_state_name(first->state),
		    first->state == HOLDER_FIN_WAIT2 ? ", an orphan," : "", seconds(g->left_ms),
		    g->count > 1 ? "them" : "it");
		break;
	case KIND_COUNT:
		break;
	}
}

/* The set with which the caller was let in, the kindest; PROBE_NONE: with no set. */
static unsigned way_in(const struct attempt *attempt)
{
	for (size_t i = 0; i < sizeof kindest / sizeof *kindest; i++)
		if (attempt->probe->faults[kindest[i]].at == CALL_NONE)
			return kindest[i];
	return PROBE_NONE;
}

/* Set options on your socket: it was tried. */
static void tell_way_in(const struct obstacles *obstacles, unsigned set,
    const struct group groups[], struct verdict *verdict)
{
	const struct holder *listener = groups[KIND_LISTENER].first;
	const char *then = "";

	if (listener && addr_same(&listener->local, &obstacles->attempt->probe->local))
		then = "; if both listen, the kernel deals new connections out between the two";
	else if (listener)
		then = "; of two listeners the one with the more specific address gets the "
		       "connection";
	say_that(verdict, true, "%s on your socket, set before bind, lets you have it%s",
	    set_names[set], then);
}

/* The first that lacks something of `set`; NULL: none is known to. */
static const struct holder *lacking(const struct obstacles *obstacles, unsigned set)
{
	for (size_t i = 0; i < obstacles->count; i++)
		if (obstacle_lacks(obstacles, &obstacles->list[i], set))
			return &obstacles->list[i];
	return NULL;
}

/* "nc[12] and nc[13] and others": the processes in the way, those alone that lack something of `set` where
 * there is one, each once; "" where there are none or none is seen. */
static void processes_of(const struct obstacles *obstacles, unsigned set, char text[WHO_TEXT])
{
	const struct holders *holders = &obstacles->attempt->holding->holders;
	char who[WHO_TEXT];
	const struct holder *named[3];
	size_t count = 0;
	bool others = false;

	*text = 0;
	for (size_t i = 0; i < obstacles->count; i++) {
		const struct holder *holder = &obstacles->list[i];
		bool known = !holder->inode || !obstacle_blocks(obstacles, holder) ||
			     (set != PROBE_NONE && !obstacle_lacks(obstacles, holder, set));
		if (!known && holder->owner_count == 0)
			known = others = true;
		for (size_t j = 0; j < count; j++)
			known |= holder_process(holders, named[j], 0)->pid ==
				 holder_process(holders, holder, 0)->pid;
		if (known)
			continue;
		if (count == 3) {
			others = true;
			break;
		}
		const size_t n = strlen(text);
		snprintf(text + n, WHO_TEXT - n, "%s%s", n ? " and " : "",
		    who_text(holders, holder, who));
		named[count++] = holder;
	}
	if (count > 0 && others) {
		const size_t n = strlen(text);
		snprintf(text + n, WHO_TEXT - n, " and others");
	}
}

/* The first in the way that is another user's; NULL: there is none. */
static const struct holder *stranger_of(const struct obstacles *obstacles)
{
	for (size_t i = 0; i < obstacles->count; i++) {
		const struct holder *holder = &obstacles->list[i];
		if (holder->uid >= 0 && holder->uid != obstacles->attempt->uid &&
		    obstacle_blocks(obstacles, holder))
			return holder;
	}
	return NULL;
}

/* What the rule wants, and what is in its way: both sockets, or the user. Returns whether that would be
 * enough. */
static bool tell_rule(
    const struct obstacles *obstacles, const struct group groups[], struct verdict *verdict)
{
	const struct attempt *attempt = obstacles->attempt;
	const struct holder *stranger = stranger_of(obstacles);
	const long users[] = {attempt->uid, stranger ? stranger->uid : attempt->uid};
	const char *when = obstacles->later ? "after that " : "";
	const char *rule =
	    groups[KIND_LISTENER].count > 0
		? "beside a listener both sockets need SO_REUSEPORT, and one user"
		: "both sockets need SO_REUSEADDR, or both SO_REUSEPORT and one user";
	char who[WHO_TEXT], user[USER_NAME], as[USER_NAME + 24] = "";

	for (size_t u = 0; u < 2; u++)
		for (size_t i = 0; i < sizeof kindest / sizeof *kindest; i++) {
			const unsigned set = kindest[i];
			if (!obstacles_yield(obstacles, set, users[u]))
				continue;
			const struct holder *who_lacks = lacking(obstacles, set);
			user_name((uid_t)users[u], user);
			if (who_lacks) {
				processes_of(obstacles, set, who);
				if (!*who)
					who_text(&attempt->holding->holders, who_lacks, who);
				if (u > 0)
					snprintf(as, sizeof as, ", and you to run as %s", user);
				say_that(verdict, false, "%s%s: %s would have to set %s too%s%s",
				    when, rule, who, set_names[set],
				    obstacle_may_have(obstacles, who_lacks, set) ? ", unless it has"
										 : "",
				    as);
			} else if (u > 0) {
				say_that(verdict, false, "%s%s: %s has it, so run as %s with %s",
				    when, rule, who_text(&attempt->holding->holders, stranger, who),
				    user, set_names[set]);
			} else {
				say_that(verdict, false, "%s%s", when, rule);
			}
			return true;
		}
	return false;
}

/* What both sockets would have to have. Closed connections cannot be given it any more; beside others
 * it helps once they are gone. Returns whether there is any such thing: beside sockets of two users there
 * may be none. */
static bool tell_both(
    const struct obstacles *obstacles, const struct group groups[], struct verdict *verdict)
{
	struct obstacles later = *obstacles;

	later.later = true;
	if (tell_rule(obstacles, groups, verdict))
		return true;
	if (groups[KIND_REMNANT].count == 0)
		return false;
	if (tell_rule(&later, groups, verdict))
		return true;
	say_that(verdict, false,
	    "had both, the closed socket and yours, SO_REUSEADDR or SO_REUSEPORT, it would not be "
	    "in your way: set it on the server the next time, too");
	return true;
}

/* Wait, stop it, go elsewhere. `advised`: behind other advice. */
static void tell_rest(const struct obstacles *obstacles, const struct group groups[], bool way_in,
    bool advised, struct verdict *verdict)
{
	const char *otherwise = advised ? "otherwise " : "";
	char who[WHO_TEXT], wait[40] = "";
	size_t others = 0, connected = 0;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		others += kind == KIND_REMNANT ? 0 : groups[kind].count;
		connected += kind == KIND_LISTENER || kind == KIND_BOUND || kind == KIND_REMNANT
				 ? 0
				 : groups[kind].count;
	}
	if (others == 0 && groups[KIND_REMNANT].count > 0) {
		/* Linux 4.8, kernel/time/timer.c: a timer goes off up to an eighth of its time late. */
		say_that(verdict, false, "%s %lld s or a little more%s",
		    way_in ? "without options: wait" : "wait",
		    seconds(groups[KIND_REMNANT].left_ms),
		    way_in ? "" : ", or choose another port");
		return;
	}
	if (way_in)
		return;
	processes_of(obstacles, PROBE_NONE, who);
	if (groups[KIND_REMNANT].count > 0)
		snprintf(
		    wait, sizeof wait, " and wait %lld s", seconds(groups[KIND_REMNANT].left_ms));
	if (*who)
		say_that(verdict, false, "%sstop %s%s%s, or choose another port", otherwise, who,
		    wait, connected ? " (what it closes may stay in TIME_WAIT for a minute)" : "");
	else if (groups[KIND_ORPHAN].count == others && others > 0)
		say_that(verdict, false,
		    "wait until the kernel gives it up, a minute or two, or choose another port");
	else
		say_that(verdict, false, "%sstop its process, or choose another port", otherwise);
}

static void tell_free(
    const struct attempt *attempt, const struct obstacles *obstacles, struct verdict *verdict)
{
	char local[ADDR_TEXT];
	size_t apart = 0;

	addr_print(&attempt->probe->local, local);
	if (addr_port(&attempt->probe->local) == 0) {
		say_that(verdict, true, "with port 0 the kernel picks a free one for you");
		return;
	}
	for (size_t i = 0; i < obstacles->count; i++)
		apart += !obstacle_overlaps(
		    attempt->system, &obstacles->list[i], &attempt->probe->local);
	if (apart > 0)
		say_that(verdict, true,
		    "%s can be bound with no option at all: %zu %s of that port %s at other "
		    "addresses",
		    local, apart, apart > 1 ? "sockets" : "socket", apart > 1 ? "are" : "is");
	else
		say_that(verdict, true, "%s can be bound with no option at all%s", local,
		    obstacles->count == 0 && attempt->holding ? ": nobody holds it" : "");
}

/* Refused, and not for another socket's sake. */
static void tell_other(const struct attempt *attempt, struct verdict *verdict)
{
	const struct fault *fault = &attempt->probe->faults[PROBE_NONE];
	const char *meaning = errors_meaning(fault->at, fault->error);
	char first[TUNABLE_TEXT];

	say_that(verdict, true, "%s is refused with %s: %s", fault_call(fault->at),
	    errname(fault->error), meaning ? meaning : strerror(fault->error));
	if (fault->at != CALL_BIND)
		return;
	if (fault->error == EACCES &&
	    tunable_read("net.ipv4.ip_unprivileged_port_start", first) == 0)
		say_that(verdict, true,
		    "no option helps: choose a port from %s on (net.ipv4.ip_unprivileged_port_start), "
		    "or run as root or with CAP_NET_BIND_SERVICE",
		    first);
	else if (fault->error == EADDRNOTAVAIL)
		say_that(verdict, false,
		    "no option helps: choose an address of this machine, or one of its wildcards "
		    "0.0.0.0 and ::");
}

/* Another socket is in the way. */
static void tell_held(const struct obstacles *obstacles, struct verdict *verdict)
{
	const struct attempt *attempt = obstacles->attempt;
	struct group groups[KIND_COUNT] = {0};
	const unsigned set = way_in(attempt);
	size_t told = 0;

	if (obstacles->list)
		group(obstacles, groups);
	for (int kind = 0; kind < KIND_COUNT && told < 3; kind++)
		/* Beside a listener its connections go without saying. */
		if (groups[kind].count > 0 &&
		    !(groups[KIND_LISTENER].count > 0 &&
			(kind == KIND_ACCEPTED || kind == KIND_PENDING)) &&
		    ++told)
			tell_group(attempt, (enum kind)kind, &groups[kind], verdict);
	if (told == 0) {
		say_that(verdict, true,
		    "bind is refused with EADDRINUSE, and the socket that holds it is not seen");
		if (set == PROBE_NONE) {
			say_that(verdict, false, "stop its process, or choose another port");
			return;
		}
	}
	const size_t unread = obstacles->unread - groups[KIND_REMNANT].count;
	if (obstacles->inferred && unread > 0)
		say_that(verdict, false,
		    "by what was refused, the %s whose options are not seen %s %s",
		    unread > 1 ? "sockets" : "socket", unread > 1 ? "have" : "has",
		    set_names[obstacles->unknown]);
	bool advised = false;
	if (set)
		tell_way_in(obstacles, set, groups, verdict);
	else if (attempt->system == RULE_LINUX)
		advised = tell_both(obstacles, groups, verdict);
	if (told > 0)
		tell_rest(obstacles, groups, set != PROBE_NONE, advised, verdict);
	if (groups[KIND_EPHEMERAL].count > 0)
		say_that(verdict, false,
		    "to keep a server's port out of the kernel's choice: sysctl -w "
		    "net.ipv4.ip_local_reserved_ports=%u",
		    addr_port(&attempt->probe->local));
}

void verdict_make(const struct attempt *attempt, struct verdict *verdict)
{
	const struct fault *fault = &attempt->probe->faults[PROBE_NONE];
	struct obstacles obstacles = {.attempt = attempt};

	verdict->count = 0;
	if (attempt->holding) {
		obstacles.list = attempt->holding->holders.list;
		obstacles.count = attempt->holding->holders.count;
	}
	if (fault->at == CALL_NONE) {
		tell_free(attempt, &obstacles, verdict);
	} else if (fault->at == CALL_BIND && fault->error == EADDRINUSE &&
		   addr_port(&attempt->probe->local) != 0) {
		obstacles_infer(&obstacles);
		tell_held(&obstacles, verdict);
	} else if (fault->at == CALL_BIND && fault->error == EADDRINUSE) {
		say_that(
		    verdict, true, "all ports of the range that the kernel picks from are taken");
	} else {
		tell_other(attempt, verdict);
	}
}
