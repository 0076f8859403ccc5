#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/verdict.h"
#include "lore/errors.h"
#include "os/tunable.h"
#include "os/user.h"
#include "tcp/errname.h"

/* Sets of options, as in struct probe. */
enum { NONE = 0, ADDR = 1, PORT = 2, BOTH = 3 };

/* The sets in the order in which one would rather use them. */
static const unsigned kindest[] = {ADDR, PORT, BOTH};

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

/* A holder as the rule sees it. `unknown`: the set that one is taken to have whose options could not
 * be read; `more`: set on it in addition. */
static struct rule_socket as_rule(const struct holder *holder, unsigned unknown, unsigned more)
{
	const unsigned has = holder->reuseaddr < 0 ? unknown
						   : (holder->reuseaddr ? ADDR : 0U) |
							 (holder->reuseport ? PORT : 0U);

	/* Of one that was not bound there itself; where it was not read, most are. */
	const bool dual = holder->local.any.sa_family == AF_INET6 && holder->v6only != 1 &&
			  holder->state != HOLDER_LISTEN && holder->state != HOLDER_BOUND;

	return (struct rule_socket){.addr = holder->local,
	    .v6only = holder->v6only == 1,
	    .dual = dual,
	    .reuseaddr = ((has | more) & ADDR) != 0,
	    .reuseport = ((has | more) & PORT) != 0,
	    .device = holder->device,
	    .uid = holder->uid,
	    .state = holder->state == HOLDER_LISTEN ? RULE_LISTEN
		     : holder->remnant              ? RULE_TIME_WAIT
						    : RULE_OPEN};
}

static struct rule_socket newcomer(const struct verdict_case *known, unsigned set)
{
	return (struct rule_socket){.addr = known->probe->local,
	    .reuseaddr = (set & ADDR) != 0,
	    .reuseport = (set & PORT) != 0,
	    .uid = known->uid};
}

bool verdict_overlaps(enum rule_system system, const struct holder *holder, const union addr *local)
{
	const struct rule_socket one = as_rule(holder, NONE, NONE), other = {.addr = *local};

	return rule_overlap(system, &one, &other);
}

/* One look at the holders. */
struct view {
	const struct verdict_case *known;
	const struct holder *list;
	size_t count;
	unsigned unknown; /* the set of those whose options were not read, as far as inferred */
	bool inferred;    /* whether it is the only one that agrees with what was tried */
	size_t unread;    /* how many in the way they are */
	bool later;       /* as if the remnants had gone: they go by themselves */
};

/* Whether the holder is in the way of a bind without options. */
static bool blocks(const struct view *view, const struct holder *holder)
{
	const struct rule_socket one = as_rule(holder, NONE, NONE);
	const struct rule_socket other = newcomer(view->known, NONE);

	if (view->later && holder->remnant)
		return false;
	return !rule_allows(rule_bind(view->known->system, &one, &other));
}

/* Whether the rule lets `set` bind beside the holder, given that. A socket without a process has no
 * user that we could know: it is taken to be ours. */
static bool allowed(const struct view *view, const struct holder *holder, unsigned set,
    unsigned unknown, unsigned more, bool one_user)
{
	const enum kind kind = view->known->holding->kinds[holder - view->list];
	/* What waits to be accepted has the options of its listener. */
	const bool ask = holder->inode || kind == KIND_PENDING;
	struct rule_socket one = as_rule(holder, unknown, ask ? more : NONE);
	const struct rule_socket other = newcomer(view->known, set);

	if (view->later && holder->remnant)
		return true;
	if (one_user || holder->uid < 0)
		one.uid = other.uid;
	return rule_allows(rule_bind(view->known->system, &one, &other));
}

static bool all_allowed(
    const struct view *view, unsigned set, unsigned unknown, unsigned more, bool one_user)
{
	for (size_t i = 0; i < view->count; i++)
		if (!allowed(view, &view->list[i], set, unknown, more, one_user))
			return false;
	return true;
}

static bool bound(const struct verdict_case *known, unsigned set)
{
	return known->probe->faults[set].at == CALL_NONE;
}

/* What was tried tells which options those have that could not be read. */
static void infer(struct view *view)
{
	unsigned fitting = 0, count = 0;

	for (size_t i = 0; i < view->count; i++)
		view->unread += view->list[i].reuseaddr < 0 && blocks(view, &view->list[i]);
	for (unsigned unknown = 0; unknown < PROBE_SETS; unknown++) {
		bool fits = true;
		for (unsigned set = 0; set < PROBE_SETS; set++)
			if (all_allowed(view, set, unknown, NONE, false) != bound(view->known, set))
				fits = false;
		if (fits && count++ == 0)
			fitting = unknown;
	}
	view->unknown = fitting;
	view->inferred = count == 1 && view->unread > 0;
}

/* The sockets of one kind that are in the way. */
struct group {
	size_t count;
	const struct holder *first;
	int64_t left_ms; /* the longest */
};

static void group(const struct view *view, struct group groups[KIND_COUNT])
{
	memset(groups, 0, KIND_COUNT * sizeof *groups);
	for (size_t i = 0; i < view->count; i++) {
		const struct holder *holder = &view->list[i];
		struct group *g = &groups[view->known->holding->kinds[i]];
		if (!blocks(view, holder))
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
	return texts[(holder->reuseaddr ? ADDR : 0U) | (holder->reuseport ? PORT : 0U)];
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
static void tell_group(const struct verdict_case *known, enum kind kind, const struct group *g,
    struct verdict *verdict)
{
	char who[HOLDING_TEXT], local[ADDR_TEXT], peer[ADDR_TEXT], n[48], user[USER_NAME + 8] = "";
	char name[USER_NAME], more[64] = "";
	const struct holder *first = g->first;

	holding_who(&known->holding->holders, first, who);
	addr_print(&first->local, local);
	addr_print(&first->peer, peer);
	connections(g->count, n);
	if (first->process_count > 0 && first->uid >= 0 && first->uid != known->uid)
		snprintf(user, sizeof user, " of %s", user_name((uid_t)first->uid, name));
	if (g->count > 1)
		snprintf(more, sizeof more, ", and %zu more like it", g->count - 1);

	const bool one = first->process_count <= 1;
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
		    "%s of %s %s closed and %s in %s for %lld s more; no process has %s", n, local,
		    g->count > 1 ? "are" : "is", g->count > 1 ? "stay" : "stays",
		    holder_state_name(first->state), seconds(g->left_ms),
		    g->count > 1 ? "them" : "it");
		break;
	case KIND_COUNT:
		break;
	}
}

/* The set with which the caller was let in, the kindest; NONE: with no set. */
static unsigned way_in(const struct verdict_case *known)
{
	for (size_t i = 0; i < sizeof kindest / sizeof *kindest; i++)
		if (bound(known, kindest[i]))
			return kindest[i];
	return NONE;
}

/* Set options on your socket: it was tried. */
static void tell_way_in(
    const struct view *view, unsigned set, const struct group groups[], struct verdict *verdict)
{
	const struct holder *listener = groups[KIND_LISTENER].first;
	const char *then = "";

	if (listener && addr_same(&listener->local, &view->known->probe->local))
		then = "; if both listen, the kernel deals new connections out between the two";
	else if (listener)
		then = "; of two listeners the one with the more specific address gets the "
		       "connection";
	say_that(verdict, true, "%s on your socket, set before bind, lets you have it%s",
	    set_names[set], then);
}

/* The first that lacks something of `set`; NULL: none is known to. */
static const struct holder *lacking(const struct view *view, unsigned set)
{
	for (size_t i = 0; i < view->count; i++) {
		const struct rule_socket has = as_rule(&view->list[i], view->unknown, NONE);
		if (blocks(view, &view->list[i]) && view->list[i].inode &&
		    (((set & ADDR) && !has.reuseaddr) || ((set & PORT) && !has.reuseport)))
			return &view->list[i];
	}
	return NULL;
}

/* What the rule wants, and what is in its way: both sockets, or the user. Returns whether that would be
 * enough. */
static bool tell_rule(const struct view *view, const struct group groups[], struct verdict *verdict)
{
	const struct verdict_case *known = view->known;
	const char *when = view->later ? "after that " : "";
	const char *rule =
	    groups[KIND_LISTENER].count > 0
		? "beside a listener both sockets need SO_REUSEPORT, and one user"
		: "both sockets need SO_REUSEADDR, or both SO_REUSEPORT and one user";
	char who[HOLDING_TEXT], user[USER_NAME];

	for (int one_user = 0; one_user < 2; one_user++)
		for (size_t i = 0; i < sizeof kindest / sizeof *kindest; i++) {
			const unsigned set = kindest[i];
			if (!all_allowed(view, set, view->unknown, set, one_user))
				continue;
			const struct holder *who_lacks = lacking(view, set);
			const struct holder *other = who_lacks;
			for (size_t j = 0; !other && j < view->count; j++)
				if (blocks(view, &view->list[j]))
					other = &view->list[j];
			if (!other)
				return false;
			holding_who(&known->holding->holders, other, who);
			user_name((uid_t)(other->uid < 0 ? 0 : other->uid), user);
			if (who_lacks && !one_user)
				say_that(verdict, false, "%s%s: %s would have to set %s too", when,
				    rule, who, set_names[set]);
			else if (who_lacks)
				say_that(verdict, false,
				    "%s%s: %s would have to set %s too, and you to run as %s", when,
				    rule, who, set_names[set], user);
			else if (one_user)
				say_that(verdict, false,
				    "%s%s: %s has it, so run as %s with SO_REUSEPORT", when, rule,
				    who, user);
			else
				say_that(verdict, false, "%s%s", when, rule);
			return true;
		}
	return false;
}

/* What both sockets would have to have. Closed connections cannot be given it any more; beside others
 * it helps once they are gone. */
static void tell_both(const struct view *view, const struct group groups[], struct verdict *verdict)
{
	struct view later = *view;

	later.later = true;
	if (tell_rule(view, groups, verdict) || groups[KIND_REMNANT].count == 0 ||
	    tell_rule(&later, groups, verdict))
		return;
	say_that(verdict, false,
	    "had both, the closed socket and yours, SO_REUSEADDR or SO_REUSEPORT, it would not be "
	    "in your way: set it on the server the next time, too");
}

/* "nc[12] and nc[13] and others": the processes in the way, each once; "" where there are none or none
 * is seen. */
static void processes_of(const struct view *view, char text[HOLDING_TEXT])
{
	const struct holders *holders = &view->known->holding->holders;
	char who[HOLDING_TEXT];
	const struct holder *named[3];
	size_t count = 0;
	bool others = false;

	*text = 0;
	for (size_t i = 0; i < view->count; i++) {
		const struct holder *holder = &view->list[i];
		bool known = !holder->inode || !blocks(view, holder);
		if (!known && holder->process_count == 0)
			known = others = true;
		for (size_t j = 0; j < count; j++)
			known |= holders->processes[named[j]->process].pid ==
				 holders->processes[holder->process].pid;
		if (known)
			continue;
		if (count == 3) {
			others = true;
			break;
		}
		const size_t n = strlen(text);
		snprintf(text + n, HOLDING_TEXT - n, "%s%s", n ? " and " : "",
		    holding_who(holders, holder, who));
		named[count++] = holder;
	}
	if (count > 0 && others) {
		const size_t n = strlen(text);
		snprintf(text + n, HOLDING_TEXT - n, " and others");
	}
}

/* Wait, stop it, go elsewhere. */
static void tell_rest(
    const struct view *view, const struct group groups[], bool way_in, struct verdict *verdict)
{
	char who[HOLDING_TEXT], wait[40] = "";
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
	processes_of(view, who);
	if (groups[KIND_REMNANT].count > 0)
		snprintf(
		    wait, sizeof wait, " and wait %lld s", seconds(groups[KIND_REMNANT].left_ms));
	if (*who)
		say_that(verdict, false, "otherwise stop %s%s%s, or choose another port", who, wait,
		    connected ? " (what it closes may stay in TIME_WAIT for a minute)" : "");
	else if (groups[KIND_ORPHAN].count == others && others > 0)
		say_that(verdict, false,
		    "wait until the kernel gives it up, a minute or two, or choose another port");
	else
		say_that(verdict, false, "otherwise stop its process, or choose another port");
}

static void tell_free(
    const struct verdict_case *known, const struct view *view, struct verdict *verdict)
{
	char local[ADDR_TEXT];
	size_t apart = 0;

	addr_print(&known->probe->local, local);
	if (addr_port(&known->probe->local) == 0) {
		say_that(verdict, true, "with port 0 the kernel picks a free one for you");
		return;
	}
	for (size_t i = 0; i < view->count; i++)
		apart += !verdict_overlaps(known->system, &view->list[i], &known->probe->local);
	if (apart > 0)
		say_that(verdict, true,
		    "%s can be bound with no option at all: %zu %s of that port %s at other "
		    "addresses",
		    local, apart, apart > 1 ? "sockets" : "socket", apart > 1 ? "are" : "is");
	else
		say_that(verdict, true, "%s can be bound with no option at all%s", local,
		    view->count == 0 && known->holding ? ": nobody holds it" : "");
}

/* Refused, and not for another socket's sake. */
static void tell_other(const struct verdict_case *known, struct verdict *verdict)
{
	const struct fault *fault = &known->probe->faults[NONE];
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
static void tell_held(const struct view *view, struct verdict *verdict)
{
	const struct verdict_case *known = view->known;
	struct group groups[KIND_COUNT] = {0};
	const unsigned set = way_in(known);
	size_t told = 0;

	if (view->list)
		group(view, groups);
	for (int kind = 0; kind < KIND_COUNT && told < 3; kind++)
		/* Beside a listener its connections go without saying. */
		if (groups[kind].count > 0 &&
		    !(groups[KIND_LISTENER].count > 0 &&
			(kind == KIND_ACCEPTED || kind == KIND_PENDING)) &&
		    ++told)
			tell_group(known, (enum kind)kind, &groups[kind], verdict);
	if (told == 0) {
		say_that(verdict, true,
		    "bind is refused with EADDRINUSE, and the socket that holds it is not seen");
		if (set == NONE) {
			say_that(verdict, false, "stop its process, or choose another port");
			return;
		}
	}
	const size_t unread = view->unread - groups[KIND_REMNANT].count;
	if (view->inferred && unread > 0)
		say_that(verdict, false,
		    "by what was refused, the %s whose options are not seen %s %s",
		    unread > 1 ? "sockets" : "socket", unread > 1 ? "have" : "has",
		    set_names[view->unknown]);
	if (set)
		tell_way_in(view, set, groups, verdict);
	else if (known->system == RULE_LINUX)
		tell_both(view, groups, verdict);
	if (told > 0)
		tell_rest(view, groups, set != NONE, verdict);
	if (groups[KIND_EPHEMERAL].count > 0)
		say_that(verdict, false,
		    "to keep a server's port out of the kernel's choice: sysctl -w "
		    "net.ipv4.ip_local_reserved_ports=%u",
		    addr_port(&known->probe->local));
}

void verdict_make(const struct verdict_case *known, struct verdict *verdict)
{
	const struct fault *fault = &known->probe->faults[NONE];
	struct view view = {.known = known};

	verdict->count = 0;
	if (known->holding) {
		view.list = known->holding->holders.list;
		view.count = known->holding->holders.count;
	}
	if (fault->at == CALL_NONE) {
		tell_free(known, &view, verdict);
	} else if (fault->at == CALL_BIND && fault->error == EADDRINUSE &&
		   addr_port(&known->probe->local) != 0) {
		infer(&view);
		tell_held(&view, verdict);
	} else if (fault->at == CALL_BIND && fault->error == EADDRINUSE) {
		say_that(
		    verdict, true, "all ports of the range that the kernel picks from are taken");
	} else {
		tell_other(known, verdict);
	}
}
