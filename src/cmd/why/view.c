#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "cli/wrap.h"
#include "cmd/why/holder_view.h"
#include "cmd/why/view.h"
#include "diagnosis/verdict.h"
#include "tcp/errname.h"

enum { LINES = 20 }; /* holders of a group shown in text, unless -v */

static void tell(const char *event, bool observed, const char *text)
{
	if (out_json()) {
		json_open(event);
		json_text("text", text);
		json_text("basis", observed ? "observed" : "inferred");
		json_end();
		return;
	}
	const bool unseen = !strcmp(event, "unseen");
	char line[VERDICT_TEXT + 32];
	snprintf(line, sizeof line, "%s%s", text,
	    !unseen    ? ""
	    : observed ? " (observed)"
		       : " (inferred)");
	out_start("%s%-10s%s",
	    out_paint(unseen     ? OUT_DIM
		      : observed ? OUT_BOLD
				 : OUT_PLAIN),
	    unseen     ? "unseen"
	    : observed ? "observed"
		       : "inferred",
	    out_paint(OUT_PLAIN));
	wrap_text(line, strlen(line), 10);
}

/* --- holders ---------------------------------------------------------------------------- */

static void holder_event(const struct holding *holding, size_t i)
{
	json_open("holder");
	holder_view_members(holding, i);
	json_end();
}

/* Whether the holder is at an address that was asked for. */
static bool concerns(const struct answer *answer, const struct holder *holder)
{
	for (size_t i = 0; i < answer->probe_count; i++)
		if (obstacle_overlaps(answer->system, holder, &answer->probes[i].local))
			return true;
	return false;
}

static void show_holders(const struct answer *answer)
{
	const struct holders *holders = &answer->holding.holders;
	size_t shown = 0, left_out = 0, apart = 0;

	for (size_t i = 0; i < holders->count && !out_lost() && !stop_wanted(); i++) {
		if (!concerns(answer, &holders->list[i]))
			apart++;
		else if (out_json())
			holder_event(&answer->holding, i);
		else if (out_quiet() || (shown >= LINES && !out_verbose()))
			left_out++;
		else if (++shown)
			holder_view_line(&answer->holding, i, 0);
	}
	if (out_json() || answer->error || addr_port(&answer->probes[0].local) == 0)
		return;
	if (left_out > 0 && !out_quiet())
		out_line("and %zu more; -v shows them", left_out);
	if (shown + left_out == 0)
		out_line(
		    "nobody holds %s%s", strchr(answer->asked, ':') ? "" : "port ", answer->asked);
	if (apart > 0)
		out_line("%zu more of this port at other addresses: reuse why %u", apart,
		    addr_port(&answer->probes[0].local));
}

/* --- the probe -------------------------------------------------------------------------- */

/* "ok", "EADDRINUSE", or "setsockopt:ENOPROTOOPT" where another call than bind was refused. */
static const char *result_of(const struct fault *fault, char text[64])
{
	if (fault->at == CALL_NONE)
		return "ok";
	if (fault->at == CALL_BIND)
		return errname(fault->error);
	snprintf(text, 64, "%s:%s", fault_call(fault->at), errname(fault->error));
	return text;
}

static void probe_event(const struct probe *probe, unsigned set)
{
	const char *names[2];
	const size_t n = probe_options(set, names);
	char text[ADDR_TEXT];

	json_open("probe");
	json_text("local", addr_print(&probe->local, text));
	json_list("options");
	for (size_t i = 0; i < n; i++)
		json_text(NULL, names[i]);
	json_close();
	json_text("result", result_of(&probe->faults[set], text));
	json_end();
}

static void show_probes(const struct answer *answer)
{
	char text[ADDR_TEXT];

	if (out_json()) {
		for (size_t i = 0; i < answer->probe_count; i++)
			for (unsigned set = 0; set < PROBE_SETS; set++)
				probe_event(&answer->probes[i], set);
		return;
	}
	if (addr_port(&answer->probes[0].local) != 0)
		out_line("%s", "");
	out_start("%-27s", "bind, tried");
	for (size_t i = 0; i < answer->probe_count; i++)
		out_start("%s%s", i ? "  " : "", addr_print(&answer->probes[i].local, text));
	out_line("%s", "");
	for (unsigned set = 0; set < PROBE_SETS; set++) {
		const char *names[2];
		const size_t n = probe_options(set, names);
		char label[64] = "no option";
		if (n > 0)
			snprintf(label, sizeof label, "%s%s%s", names[0], n > 1 ? " " : "",
			    n > 1 ? names[1] : "");
		out_start("%-27s", label);
		for (size_t i = 0; i < answer->probe_count; i++) {
			const struct fault *fault = &answer->probes[i].faults[set];
			const bool last = i + 1 == answer->probe_count;
			const int width = (int)strlen(addr_print(&answer->probes[i].local, text));
			out_start("%s%-*s%s%s",
			    out_paint(fault->at == CALL_NONE ? OUT_GREEN : OUT_RED),
			    last ? 0 : width, result_of(fault, text), out_paint(OUT_PLAIN),
			    last ? "" : "  ");
		}
		out_line("%s", "");
	}
}

/* --- the verdict ------------------------------------------------------------------------ */

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->sentences[i].text, b->sentences[i].text) != 0)
			return false;
	return true;
}

/* One verdict for all addresses where it is the same; else each with its address. */
static void show_verdicts(const struct answer *answer)
{
	static struct verdict verdicts[2]; /* large */
	char text[VERDICT_TEXT + ADDR_TEXT + 8], local[ADDR_TEXT];

	for (size_t i = 0; i < answer->probe_count; i++) {
		const struct attempt attempt = {.holding = answer->error ? NULL : &answer->holding,
		    .probe = &answer->probes[i],
		    .system = answer->system,
		    .uid = (long)geteuid()};
		verdict_make(&attempt, &verdicts[i]);
	}
	if (!out_json())
		out_line("%s", "");
	const bool one = answer->probe_count == 1 || same_verdict(&verdicts[0], &verdicts[1]);
	for (size_t i = 0; i < (one ? 1 : answer->probe_count); i++) {
		const bool is_free = answer->probes[i].faults[0].at == CALL_NONE;
		for (size_t j = 0; j < verdicts[i].count; j++) {
			/* The precision is for the compiler: gcc takes all sentences for one text on s390x. */
			snprintf(text, sizeof text, "%s%s%.*s",
			    one || is_free ? "" : addr_print(&answer->probes[i].local, local),
			    one || is_free ? "" : ": ", VERDICT_TEXT - 1,
			    verdicts[i].sentences[j].text);
			tell("verdict", verdicts[i].sentences[j].observed, text);
		}
	}
}

/* --- what could not be seen ------------------------------------------------------------- */

/* `again`: the command that root would type. */
static void show_unseen(const struct holders *holders, const char *again)
{
	const bool root = geteuid() == 0;
	size_t nobody = 0, others = 0, unread = 0;
	char text[VERDICT_TEXT];

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		const bool unfound = holder->inode && holder->owner_count == 0;
		nobody += unfound;
		others +=
		    unfound && holder->uid != (long)geteuid() && (!root || holders->hidden > 0);
		unread += holder->inode && holder->owner_count > 0 && holder->reuseaddr < 0;
	}
	if (nobody + unread > 0 && holders->error) {
		snprintf(text, sizeof text,
		    "%s of %zu %s: not all processes could be looked at (%s)",
		    nobody > 0 ? "process and options" : "options", nobody + unread,
		    nobody + unread > 1 ? "sockets" : "socket", errname(holders->error));
		tell("unseen", true, text);
	} else {
		if (others > 0) {
			snprintf(text, sizeof text,
			    "process and options of %zu %s: another user's; root sees them: sudo %s",
			    others, others > 1 ? "sockets" : "socket", again);
			tell("unseen", true, text);
		}
		if (nobody > others && holders->unsearched > 0) {
			snprintf(text, sizeof text,
			    "process and options of %zu %s: there was no time to look through %zu %s "
			    "with very many descriptors; to take it: %s -v",
			    nobody - others, nobody - others > 1 ? "sockets" : "socket",
			    holders->unsearched, holders->unsearched > 1 ? "processes" : "process",
			    again);
			tell("unseen", true, text);
		} else if (nobody > others) {
			snprintf(text, sizeof text,
			    "process and options of %zu %s: closed meanwhile, %sin another PID "
			    "namespace (a container), or the kernel's own; root of the machine itself "
			    "sees what is there",
			    nobody - others, nobody - others > 1 ? "sockets" : "socket",
			    root ? "" : "a process that lets no other look, ");
			tell("unseen", false, text);
		}
	}
	if (unread > 0 && !holders->error) {
		snprintf(text, sizeof text,
		    "options of %zu %s: pidfd_getfd was not permitted (CAP_SYS_PTRACE, Linux 5.6)",
		    unread, unread > 1 ? "sockets" : "socket");
		tell("unseen", true, text);
	}
	if (nobody == others && holders->unsearched > 0) {
		snprintf(text, sizeof text,
		    "whether %zu %s with very many descriptors %s a socket with those shown: there "
		    "was no time to look",
		    holders->unsearched, holders->unsearched > 1 ? "processes" : "process",
		    holders->unsearched > 1 ? "share" : "shares");
		tell("unseen", true, text);
	}
	if (holders->bound_error == ENOTSUP) {
		tell("unseen", true,
		    "sockets that are bound, nothing more: this kernel lists none (Linux 6.8 does)");
	} else if (holders->bound_error) {
		snprintf(text, sizeof text,
		    "sockets that are bound, nothing more: the kernel could not be asked (%s)",
		    errname(holders->bound_error));
		tell("unseen", true, text);
	}
	if (holders->cut)
		tell("unseen", true, "there are more sockets than could be looked at");
	if (holders->elsewhere > 0) {
		snprintf(text, sizeof text,
		    "what %zu %s in other network namespaces (containers): it is not in the way; "
		    "root looks there with: nsenter -t PID -n %s",
		    holders->elsewhere, holders->elsewhere > 1 ? "processes do" : "process does",
		    again);
		tell("unseen", true, text);
	} else if (holders->elsewhere_hidden) {
		snprintf(text, sizeof text,
		    "other network namespaces (containers), if any: they are not in the way; root "
		    "looks there with: nsenter -t PID -n %s",
		    again);
		tell("unseen", false, text);
	}
}

void why_view_untold(int error, unsigned port)
{
	char text[VERDICT_TEXT], lsof[16] = "", sockstat[16] = "";

	if (port) {
		snprintf(lsof, sizeof lsof, ":%u", port);
		snprintf(sockstat, sizeof sockstat, " -p %u", port);
	}
	if (error == ENOTSUP)
		snprintf(text, sizeof text,
		    "who holds it: no way is known on this system; 'lsof -nP -iTCP%s', or on FreeBSD "
		    "'sockstat -P tcp%s', may tell",
		    lsof, sockstat);
	else
		snprintf(text, sizeof text,
		    "who holds it: the kernel does not tell (%s); 'lsof -nP -iTCP%s' may",
		    errname(error), lsof);
	tell("unseen", true, text);
}

/* --- all of it -------------------------------------------------------------------------- */

void why_view_search(void)
{
	if (!out_json() && out_terminal())
		out_again("looking at every socket and process");
}

void why_view_answer(const struct answer *answer)
{
	char again[ADDR_TEXT + 16];

	show_holders(answer);
	show_probes(answer);
	show_verdicts(answer);
	snprintf(again, sizeof again, "reuse why %s", answer->asked);
	if (answer->error)
		why_view_untold(answer->error, answer->port);
	else if (answer->port != 0)
		show_unseen(&answer->holding.holders, again);
}

/* The sockets [from, to) share one local address and port. */
static void show_group(const struct holding *holding, size_t from, size_t to)
{
	const size_t most = out_verbose() ? to - from : LINES;
	char text[ADDR_TEXT];

	addr_print(&holding->holders.list[from].local, text);
	if (out_json()) {
		json_open("shared");
		json_text("local", text);
		json_list("holders");
		for (size_t i = from; i < to; i++) {
			json_object(NULL);
			holder_view_members(holding, i);
			json_close();
		}
		json_close();
		json_end();
		return;
	}
	out_line(
	    "%s%s%s, %zu sockets", out_paint(OUT_MAGENTA), text, out_paint(OUT_PLAIN), to - from);
	for (size_t i = from; i < to && i - from < most && !out_quiet(); i++)
		holder_view_line(holding, i, 2);
	if (to - from > most && !out_quiet())
		out_line("  and %zu more; -v shows them", to - from - most);
}

void why_view_shared(const struct holding *holding)
{
	const struct holders *holders = &holding->holders;

	for (size_t i = 0, end; i < holders->count && !out_lost() && !stop_wanted(); i = end) {
		for (end = i + 1; end < holders->count; end++)
			if (!addr_same(&holders->list[i].local, &holders->list[end].local))
				break;
		show_group(holding, i, end);
	}
	if (!out_json()) {
		if (holders->count == 0)
			out_line("no two sockets share a local address and port now");
		out_line("%s", "");
	}
	show_unseen(holders, "reuse why");
}
