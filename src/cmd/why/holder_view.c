#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/wrap.h"
#include "cmd/why/holder_view.h"
#include "tcp/option.h"
#include "words/who.h"

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
	text_add(text, size, ", ");
	for (size_t i = 0; i < n; i++)
		text_add(text, size, "%s%s", i ? " " : "", names[i]);
	if (holder->device && if_indextoname(holder->device, device))
		text_add(text, size, "=%s", device);
	if (holder->reuseaddr < 0)
		text_add(text, size, "%soptions not seen", n ? ", other " : "");
	else if (n == 0)
		text_add(text, size, "no options");
}

void holder_view_line(const struct holding *holding, size_t i, int indent)
{
	const struct holder *holder = &holding->holders.list[i];
	char text[2 * WHO_TEXT + 2 * ADDR_TEXT] = "", one[ADDR_TEXT], note[64];
	char who[WHO_TEXT];

	text_add(text, sizeof text, "%s", addr_print(&holder->local, one));
	if (holder->peer.any.sa_family != AF_UNSPEC)
		text_add(text, sizeof text, " -> %s", addr_print(&holder->peer, one));
	note_of(holder, holding->kinds[i], note);
	if (*note)
		text_add(text, sizeof text, ", %s", note);
	if (holder->inode && holder->owner_count > 0 && holder->uid >= 0)
		text_add(text, sizeof text, ", %s", who_user(holder->uid));
	if (holder->inode)
		text_add(text, sizeof text, ", %s", who_text(&holding->holders, holder, who));
	add_options(text, sizeof text, holder);

	out_start("%*s%s%-11s%s  ", indent, "",
	    out_paint(holder->state == HOLDER_LISTEN ? OUT_GREEN
		      : holder->remnant              ? OUT_YELLOW
						     : OUT_PLAIN),
	    holder_state_name(holder->state), out_paint(OUT_PLAIN));
	wrap_text(text, strlen(text), indent + 13);
}

void holder_view_members(const struct holding *holding, size_t i)
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
	json_text("user", holder->uid >= 0 ? who_user(holder->uid) : NULL);
	json_list("pids");
	for (size_t p = 0; p < holder->owner_count; p++) {
		const struct process *process = holder_process(&holding->holders, holder, p);
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
