#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/wrap.h"
#include "diagnosis/findings.h"
#include "os/user.h"
#include "tcp/option.h"

enum { PROGRAMS = 4 }; /* named in a line, of many that have one socket */

/* Listeners first, then by where it is, then by where it leads. */
static int rank(const struct holder *holder)
{
	return holder->state == HOLDER_LISTEN  ? 0
	       : holder->state == HOLDER_BOUND ? 1
	       : holder->remnant               ? 3
					       : 2;
}

static int by_addr(const union addr *a, const union addr *b)
{
	int order = (a->any.sa_family > b->any.sa_family) - (a->any.sa_family < b->any.sa_family);

	if (order == 0 && a->any.sa_family == AF_INET)
		order = memcmp(&a->v4.sin_addr, &b->v4.sin_addr, sizeof a->v4.sin_addr);
	if (order == 0 && a->any.sa_family == AF_INET6)
		order = memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr);
	if (order == 0 && a->any.sa_family == AF_INET6)
		order = (a->v6.sin6_scope_id > b->v6.sin6_scope_id) -
			(a->v6.sin6_scope_id < b->v6.sin6_scope_id);
	return order ? order : (addr_port(a) > addr_port(b)) - (addr_port(a) < addr_port(b));
}

static int by_place(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	int order = by_addr(&one->local, &other->local);

	if (order == 0)
		order = rank(one) - rank(other);
	if (order == 0)
		order = by_addr(&one->peer, &other->peer);
	return order ? order : (one->inode > other->inode) - (one->inode < other->inode);
}

static int by_rank(const void *a, const void *b)
{
	const struct holder *one = a, *other = b;
	const int order = rank(one) - rank(other);

	return order ? order : by_place(a, b);
}

/* The first behind i that is at another local address or port. */
static size_t group_end(const struct holders *holders, size_t i)
{
	size_t end = i + 1;

	while (
	    end < holders->count && addr_same(&holders->list[i].local, &holders->list[end].local))
		end++;
	return end;
}

/* Takes those that have a neighbour with the same local address and port out of `all`, which is sorted, into
 * `holders`, which is otherwise alike. Returns 0, or -1 with errno. */
static int take_shared(const struct holders *all, struct holders *holders)
{
	*holders = *all;
	holders->list = malloc((all->count + 1) * sizeof *holders->list);
	holders->count = 0;
	if (!holders->list)
		return -1;
	for (size_t i = 0, end; i < all->count; i = end) {
		end = group_end(all, i);
		for (size_t j = i; end - i > 1 && j < end; j++)
			holders->list[holders->count++] = all->list[j];
	}
	return 0;
}

int holding_read(struct holding *holding, unsigned port, bool shared, bool patient)
{
	struct holders *holders = &holding->holders;
	struct holders all = {0};

	*holding = (struct holding){0};
	if (holders_read(holders, port) < 0)
		return -1;
	if (holders->count > 0)
		qsort(holders->list, holders->count, sizeof *holders->list,
		    shared ? by_place : by_rank);
	if (shared) {
		all = *holders;
		if (take_shared(&all, holders) < 0)
			goto failed;
	}
	holders_know(holders, patient);
	holding->kinds = calloc(holders->count + 1, sizeof *holding->kinds);
	if (!holding->kinds)
		goto failed;
	kind_find(holders, shared ? &all : NULL, holding->kinds);
	holders_free(&all);
	return 0;
failed:
	holders_free(holders);
	holders_free(&all);
	errno = ENOMEM;
	return -1;
}

void holding_free(struct holding *holding)
{
	holders_free(&holding->holders);
	free(holding->kinds);
	*holding = (struct holding){0};
}

/* Adds to text of HOLDING_TEXT or more; what has no room is left out. */
__attribute__((format(printf, 3, 4))) static void add(
    char *text, size_t size, const char *format, ...)
{
	const size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + n, size - n, format, args);
	va_end(args);
}

/* The name of the user, asked for once in a row of the same. */
static const char *name_of(long uid)
{
	static char name[USER_NAME];
	static long of = -1;

	if (of != uid)
		user_name((uid_t)uid, name);
	of = uid;
	return name;
}

const char *holding_who(
    const struct holders *holders, const struct holder *holder, char text[HOLDING_TEXT])
{
	char program[4 * HOLDER_PROGRAM];

	*text = 0;
	for (size_t i = 0; i < holder->process_count && i < PROGRAMS; i++) {
		const struct process *process = &holders->processes[holder->process + i];
		/* 40 columns are enough for a name that a process has chosen for itself. */
		text_escape(program, 40, process->program, strlen(process->program));
		/* Without a name where it was not read, or where the process has taken it off. */
		add(text, HOLDING_TEXT, *program ? "%s%s[%ld]" : "%s%sprocess %ld", i ? " " : "",
		    program, process->pid);
	}
	if (holder->process_count > PROGRAMS)
		add(text, HOLDING_TEXT, " and %zu more", holder->process_count - PROGRAMS);
	if (holder->process_count == 0 && holder->inode && holder->uid >= 0)
		snprintf(text, HOLDING_TEXT, "a process of %s", name_of(holder->uid));
	else if (holder->process_count == 0)
		snprintf(text, HOLDING_TEXT, holder->inode ? "a process" : "no process");
	return text;
}

/* What kind it is, in words that stand after its addresses; "" where the state says it. */
static const char *note_of(const struct holder *holder, enum kind kind, char text[64])
{
	static const char *const notes[KIND_COUNT] = {
	    [KIND_BOUND] = "bound, nothing more",
	    [KIND_SELF] = "connected to itself",
	    [KIND_LEFT] = "its listener is gone",
	    [KIND_EPHEMERAL] = "from a port that the kernel picked",
	    [KIND_PENDING] = "not accepted yet",
	    [KIND_ORPHAN] = "orphan: its process has closed it",
	};

	*text = 0;
	if (kind == KIND_REMNANT && holder->left_ms >= 0)
		snprintf(text, 64, "%s%lld s left",
		    holder->state == HOLDER_FIN_WAIT2 ? "orphan, " : "",
		    (long long)(holder->left_ms + 999) / 1000);
	else if (kind == KIND_LISTENER && holder->queued > 0)
		snprintf(text, 64, "%u not accepted yet", holder->queued);
	else if (notes[kind])
		snprintf(text, 64, "%s", notes[kind]);
	return text;
}

/* The names of the options that are on, as many as there are. */
static size_t options_of(const struct holder *holder, const char *names[4])
{
	size_t n = 0;

	if (holder->reuseaddr == 1)
		names[n++] = option_name(OPTION_REUSEADDR);
	if (holder->reuseport == 1)
		names[n++] = option_name(OPTION_REUSEPORT);
	/* Bound to another address of IPv6 a socket has it without having asked. */
	if (holder->v6only == 1 && addr_is_any(&holder->local))
		names[n++] = option_name(OPTION_V6ONLY);
	if (holder->device)
		names[n++] = option_name(OPTION_DEVICE);
	return n;
}

static void add_options(char *text, size_t size, const struct holder *holder)
{
	const char *names[4];
	char device[IF_NAMESIZE];
	const size_t n = options_of(holder, names);

	if (!holder->inode)
		return;
	add(text, size, ", ");
	for (size_t i = 0; i < n; i++)
		add(text, size, "%s%s", i ? " " : "", names[i]);
	if (holder->device && if_indextoname(holder->device, device))
		add(text, size, "=%s", device);
	if (holder->reuseaddr < 0)
		add(text, size, "%soptions not seen", n ? ", other " : "");
	else if (n == 0)
		add(text, size, "no options");
}

void holding_line(const struct holding *holding, size_t i, int indent)
{
	const struct holder *holder = &holding->holders.list[i];
	char text[2 * HOLDING_TEXT + 2 * ADDR_TEXT] = "", one[ADDR_TEXT], note[64];
	char who[HOLDING_TEXT];

	add(text, sizeof text, "%s", addr_print(&holder->local, one));
	if (holder->peer.any.sa_family != AF_UNSPEC)
		add(text, sizeof text, " -> %s", addr_print(&holder->peer, one));
	note_of(holder, holding->kinds[i], note);
	if (*note)
		add(text, sizeof text, ", %s", note);
	if (holder->inode && holder->process_count > 0 && holder->uid >= 0)
		add(text, sizeof text, ", %s", name_of(holder->uid));
	if (holder->inode)
		add(text, sizeof text, ", %s", holding_who(&holding->holders, holder, who));
	add_options(text, sizeof text, holder);

	out_start("%*s%s%-11s%s  ", indent, "",
	    out_paint(holder->state == HOLDER_LISTEN ? OUT_GREEN
		      : holder->remnant              ? OUT_YELLOW
						     : OUT_PLAIN),
	    holder_state_name(holder->state), out_paint(OUT_PLAIN));
	wrap_text(text, strlen(text), indent + 13);
}

void holding_members(const struct holding *holding, size_t i)
{
	const struct holder *holder = &holding->holders.list[i];
	const char *names[4];
	char text[ADDR_TEXT], note[64], device[IF_NAMESIZE];

	json_text("state", holder_state_name(holder->state));
	json_text("local", addr_print(&holder->local, text));
	json_text("peer",
	    holder->peer.any.sa_family == AF_UNSPEC ? NULL : addr_print(&holder->peer, text));
	if (holder->uid >= 0)
		json_number("uid", holder->uid);
	else
		json_null("uid");
	json_text("user", holder->uid >= 0 ? name_of(holder->uid) : NULL);
	json_list("pids");
	for (size_t p = 0; p < holder->process_count; p++) {
		const struct process *process = &holding->holders.processes[holder->process + p];
		json_object(NULL);
		json_number("pid", process->pid);
		json_text("program", process->program);
		json_close();
	}
	json_close();
	if (holder->reuseaddr < 0) {
		json_null("options");
	} else {
		const size_t n = options_of(holder, names);
		json_list("options");
		for (size_t o = 0; o < n; o++)
			json_text(NULL, names[o]);
		json_close();
	}
	json_text(
	    "device", holder->device && if_indextoname(holder->device, device) ? device : NULL);
	if (holder->left_ms >= 0)
		json_decimal("seconds_left", (double)holder->left_ms / 1000, 3);
	else
		json_null("seconds_left");
	note_of(holder, holding->kinds[i], note);
	json_text("note", *note ? note : NULL);
}
