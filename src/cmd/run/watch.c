/* At each entry the socket gets what was asked for, at each exit the call is shown. What the program waits
 * for is done first; the words are made when it runs again. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/run/explain.h"
#include "cmd/run/view.h"
#include "cmd/run/watch.h"
#include "tcp/errname.h"
#include "tcp/sock.h"

enum { LAST_LINES_US = 1000000 };

struct watch {
	struct trace *trace;
	const struct run_plan *plan;
	uint64_t left_out; /* lines not told of yet */
	/* COMMAND has ended: when its pipe is closed at the latest; 0: it lives, or that is done */
	int64_t until_us;
};

/* A name that a process has is no longer than 15 bytes: prctl(2), PR_SET_NAME. */
static bool is_watched(const struct watch *watch, struct traced *call)
{
	enum { NAME_MOST = 15 };
	const char *only = watch->plan->only;

	if (only && !*call->program)
		trace_name(call);
	return !only || !strncmp(only, call->program, NAME_MOST);
}

/* --- before the call -------------------------------------------------------------------- */

static unsigned socket_options(int sock)
{
	static const enum option shown[] = {
	    OPTION_REUSEADDR, OPTION_REUSEPORT, OPTION_V6ONLY, OPTION_FREEBIND, OPTION_NO_PORT};
	const union addr local = sock_local(sock);
	char device[IF_NAMESIZE];
	unsigned options = 0;

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (option_get(sock, shown[i]))
			options |= 1u << shown[i];
	/* Bound to another address of IPv6 a socket has it without having asked. */
	if (!addr_is_any(&local))
		options &= ~(1u << OPTION_V6ONLY);
	if (option_device(sock, device) && *device)
		options |= 1u << OPTION_DEVICE;
	return options;
}

static void watch_entry(struct watch *watch, struct traced *call)
{
	if (is_watched(watch, call)) {
		if (call->call == CALL_BIND)
			run_plan_apply(watch->plan, call);
		else if (call->call == CALL_CONNECT && watch->plan->has_source)
			run_plan_bind(watch->plan, call);
	}
	trace_go(watch->trace, call);
}

/* --- after the call --------------------------------------------------------------------- */

static bool is_refusal(const struct traced *call)
{
	switch (call->error) {
	case 0:
	case EINPROGRESS:
	case EALREADY:
	case EISCONN:
	case EINTR:
		return false;
	case EAGAIN:
		return call->call != CALL_ACCEPT;
	default:
		return true;
	}
}

static void watch_ends(struct run_seen *seen)
{
	const struct traced *call = &seen->call;

	if (call->sock >= 0)
		seen->local = sock_local(call->sock);
	if (seen->local.any.sa_family != AF_UNSPEC && addr_port(&seen->local) == 0 &&
	    addr_is_any(&seen->local))
		seen->local = (union addr){0};
	if (call->call == CALL_CONNECT)
		seen->peer = call->addr;
	else if (call->call == CALL_ACCEPT && call->sock >= 0)
		seen->peer = sock_peer(call->sock);
	if (call->refuse)
		seen->local = call->source;
	else if (call->call == CALL_BIND && seen->refused)
		seen->local = call->addr;
}

/* What is shown of it, read while the thread stands still: of a call in text that went well only what the
 * line itself says. */
static void read_seen(struct run_seen *seen)
{
	const bool whole = seen->refused || out_json();

	trace_name(&seen->call);
	if (whole || seen->call.call == CALL_ACCEPT)
		trace_borrow(&seen->call);
	if (whole && seen->call.sock >= 0)
		seen->call.options = socket_options(seen->call.sock);
	watch_ends(seen);
}

static void watch_exit(struct watch *watch, struct traced *call)
{
	struct run_seen seen = {.call = *call, .refused = is_refusal(call)};
	const bool shown = is_watched(watch, call) && (!out_quiet() || seen.refused);
	bool explained = false;

	if (shown) {
		read_seen(&seen);
		explained = seen.refused && run_explain_read(&seen);
		call->sock = seen.call.sock; /* to be given back */
	}
	const bool made = call->unrefused;
	trace_go(watch->trace, call);

	if (shown)
		run_view_call(&seen);
	if (made)
		run_view_once(&seen.call, RUN_ONCE_MADE,
		    "connects anyway: on this machine a call cannot be prevented");
	if (explained)
		run_explain_show(&seen);
}

/* --- what is said once ------------------------------------------------------------------ */

static void say_note(struct watch *watch, enum trace_what what, struct traced *call)
{
	const bool watched = is_watched(watch, call);
	char text[RUN_TEXT];

	trace_name(call);
	const struct traced of = *call;
	trace_go(watch->trace, call);
	if (!watched)
		return;
	switch (what) {
	case TRACE_BLIND:
		if (of.error == EOPNOTSUPP)
			snprintf(text, sizeof text,
			    "has a thread with descriptors of its own, which Linux before 6.9 does not "
			    "show: its calls go on unseen and unchanged");
		else
			snprintf(text, sizeof text,
			    "does not let its sockets be read (pidfd_getfd: %s): its calls continue unseen "
			    "and unchanged",
			    errname(of.error));
		run_view_once(&of, RUN_ONCE_BLIND, text);
		break;
	case TRACE_RING:
		run_view_once(&of, RUN_ONCE_RING,
		    "uses io_uring: sockets that it makes, binds or connects that way are not seen");
		break;
	case TRACE_FILTER:
		run_view_once(&of, RUN_ONCE_FILTER,
		    "has a seccomp filter of its own: calls that it refuses are not seen");
		break;
	case TRACE_EXEC:
		run_view_once(&of, RUN_ONCE_PRIVILEGES,
		    "cannot gain the privileges of its file here: run has no CAP_SYS_ADMIN");
		break;
	default:
		break;
	}
}

/* --- all of it -------------------------------------------------------------------------- */

/* Whether stdout is what more than one reader, or a later one, may look at. */
static bool is_kept(void)
{
	struct stat stat;

	return isatty(STDOUT_FILENO) || (fstat(STDOUT_FILENO, &stat) == 0 && S_ISREG(stat.st_mode));
}

static bool has_room(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&out, 1, 0) > 0;
}

/* Tells how many lines were left out, where there is room. Returns whether anything is still to go out. */
static bool catch_up(struct watch *watch)
{
	if (writer_lost()) {
		writer_shut();
		watch->until_us = 0;
		return false;
	}
	const bool cut = writer_cut(WRITER_OUT);
	watch->left_out += writer_left_out();
	if (watch->left_out > 0 && !cut && has_room()) {
		run_view_left_out(watch->left_out);
		if (writer_left_out() == 0)
			watch->left_out = 0;
	}
	return cut || watch->left_out > 0;
}

/* Waits for what happens next, and meanwhile for room where something is still to go out. */
static enum trace_what wait_next(struct watch *watch, struct traced **call)
{
	enum { AGAIN_MS = 100 }; /* where there is room, but not for a whole line */
	const bool waits = catch_up(watch);
	int fd = -1, wait_ms = -1;

	if (waits && has_room())
		wait_ms = AGAIN_MS;
	else if (waits)
		fd = STDOUT_FILENO;
	if (watch->until_us) {
		const int64_t left_us = watch->until_us - clock_us();
		if (!waits || left_us <= 0) {
			writer_shut();
			watch->until_us = 0;
			watch->left_out = 0;
			fd = wait_ms = -1;
		} else if (wait_ms < 0 || wait_ms > clock_poll_ms(left_us))
			wait_ms = clock_poll_ms(left_us);
	}
	return trace_next(watch->trace, call, fd, wait_ms);
}

static void watch_on(struct watch *watch)
{
	struct traced *call;
	enum trace_what what;

	while ((what = wait_next(watch, &call)) != TRACE_GONE)
		switch (what) {
		case TRACE_ENTRY:
			watch_entry(watch, call);
			break;
		case TRACE_EXIT:
			watch_exit(watch, call);
			break;
		case TRACE_BLIND:
		case TRACE_RING:
		case TRACE_FILTER:
		case TRACE_EXEC:
			say_note(watch, what, call);
			break;
		case TRACE_OVER:
			if (!is_kept())
				watch->until_us = clock_us() + LAST_LINES_US;
			break;
		case TRACE_QUIET:
		case TRACE_GONE:
			break;
		}
}

void watch_program(struct trace *trace, const struct run_plan *plan)
{
	struct watch watch = {.trace = trace, .plan = plan};
	char text[RUN_TEXT];

	writer_never_wait();
	const bool seized = trace_seize(trace) == 0;
	if (out_json())
		json_start();
	if (!seized && (out_json() || !run_plan_changes(plan)))
		run_view_note(NULL, run_view_bar(trace, text));
	trace_answer(trace, seized || !run_plan_changes(plan) ? TRACE_EXECUTE : TRACE_GIVE_UP);
	if (seized)
		watch_on(&watch);
}
