#include <errno.h>
#include <string.h>

#include "answer/brief.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/connect/session.h"
#include "diagnosis/causes_checks.h"
#include "tcp/call.h"
#include "words/report.h"

enum {
	RETRY_FIRST_US = 100000, /* before the first --reconnect; then twice as long each time, */
	RETRY_MOST_US = 5000000, /* to this */
};

/* Whether a connection has one socket for both its ends, and nobody asked for that: the kernel picked the
 * server's port as the source (RFC 793, simultaneous open). */
static bool is_self_connected(int fd, const struct plan *plan)
{
	/* Not plan->peer: a connection to 0.0.0.0 goes to 127.0.0.1. */
	const union addr local = sock_local(fd), peer = sock_peer(fd);

	return addr_same(&local, &peer) && !addr_same(&plan->local, &plan->peer);
}

/* A connection by session->plan; -1 with the fault, CALL_NONE where it was one to itself. */
static int dial_pair(struct session *session, struct fault *fault)
{
	const int64_t wait_us = session->wanted->settings.timeout_us;
	const int fd = sock_open(&session->plan, fault);

	if (fd < 0)
		return -1;
	if (sock_settle(fd, &session->plan.peer, wait_us, session->stop, fault) < 0) {
		session->plan.local = sock_local(fd);
		call_close(fd);
		return -1;
	}
	if (!is_self_connected(fd, &session->plan))
		return fd;
	*fault = (struct fault){.at = CALL_NONE, .error = ECONNREFUSED};
	session->plan.local = sock_local(fd);
	sock_reset(fd);
	return -1;
}

/* Whether that is known of this machine's address. */
static bool nobody_listens(const union addr *addr)
{
	const struct subject subject = {.peer = addr};
	char said[CAUSE_SAID];

	return ends_listener(&subject, said) == FACT_YES;
}

/* Where port 0 was asked for, the port that it got for the pair `i` stays until one is connected: not where it is
 * the port that was refused. */
static void keep_port(struct session *session, int i, const struct fault *fault)
{
	const bool refused = fault->at == CALL_NONE || fault->at == CALL_BIND ||
			     fault->error == EADDRINUSE || fault->error == EADDRNOTAVAIL;

	if (session->any_port && !session->connected)
		addr_set_port(&session->sources[i], refused ? 0 : addr_port(&session->plan.local));
}

/* `source`: as it was asked for. */
static void report_refused(
    struct session *session, const union addr *source, const struct fault *fault)
{
	const union addr *local = &session->plan.local, *peer = &session->plan.peer;
	const bool again =
	    fault->at == session->refused.at && fault->error == session->refused.error;
	char text[ADDR_TEXT];

	if (fault->at == CALL_NONE && nobody_listens(local))
		report_words("connect", 0, local, peer,
		    "connected to itself: nobody listens on %s, and %s", addr_print(peer, text),
		    addr_port(source) == 0 ? "the kernel picked that port as the source"
					   : "the source has that port");
	else if (fault->at == CALL_NONE)
		report_words("connect", 0, local, peer, "connected to itself: the source is %s too",
		    addr_print(local, text));
	else if (again)
		report_fault(fault, local, peer, 0);
	else
		brief_plan(fault, &session->plan);
	session->refused = *fault;
}

/* A connection by the first pair of ends that gets one; -1 after a complaint about each. */
static int dial(struct session *session)
{
	struct fault faults[NAME_ANSWERS];
	union addr locals[NAME_ANSWERS];

	for (int i = 0; i < session->pairs; i++) {
		const int64_t began_ns = clock_ns();

		session->plan.local = session->sources[i];
		session->plan.peer = session->servers[i];
		const int fd = dial_pair(session, &faults[i]);
		locals[i] = session->plan.local;
		if (stop_wanted() && fd < 0)
			return -1;
		if (fd < 0) {
			keep_port(session, i, &faults[i]);
			continue;
		}
		/* From now on the same ends, also where the kernel chose the source. */
		session->plan.local = session->sources[0] = sock_local(fd);
		session->servers[0] = session->plan.peer;
		session->pairs = 1;
		if (!out_quiet() || !session->connected)
			connect_view_connected(&session->view, fd, clock_ns() - began_ns);
		session->connected = true;
		return fd;
	}
	for (int i = 0; i < session->pairs; i++) {
		session->plan.local = locals[i];
		session->plan.peer = session->servers[i];
		report_refused(session, &session->sources[i], &faults[i]);
	}
	return -1;
}

static bool all_sent(const struct session *session)
{
	return session->wanted->count && session->sent >= session->wanted->count;
}

/* The summary so far, where one is asked for and there is something to tell. */
static void tell_interim(void *who)
{
	struct session *session = who;

	if (interim_asked() && session->connected)
		connect_view_summary(&session->view, session->sent, session->echoed, &session->rtt);
}

/* Heartbeats on one connection until it ends; returns why it did: BEAT_ECHOED, all are sent. */
static enum beat_end beat_on(struct session *session, int fd)
{
	const struct session_wanted *wanted = session->wanted;
	const struct beat beat = {.fd = fd,
	    .stop = session->stop,
	    .wake = session->interim,
	    .woken = tell_interim,
	    .who = session,
	    .timeout_us = wanted->settings.timeout_us,
	    .data = wanted->size ? NULL : wanted->data,
	    .len = session->view.len};
	struct beat_result result = {0};
	enum beat_end end = BEAT_ECHOED;
	bool in_heartbeat = false;

	while (end == BEAT_ECHOED && !out_lost()) {
		const int64_t began_us = clock_us();
		session->sent++;
		connect_view_lub(&session->view);
		end = beat_once(&beat, session->sent, &result);
		in_heartbeat = end != BEAT_ECHOED;
		if (in_heartbeat) {
			connect_view_lost(&session->view, session->sent, end, &result);
			break;
		}
		session->echoed++;
		rtt_add(&session->rtt, result.rtt_ns);
		connect_view_dub(&session->view, session->sent, &result);
		if (all_sent(session))
			break;
		end = beat_rest(&beat, began_us + wanted->every_us - clock_us(), &result);
	}
	connect_view_closed(&session->view, end, &result, in_heartbeat);
	if (!in_heartbeat && (end == BEAT_ECHOED || end == BEAT_STOPPED))
		beat_part(&beat);
	/* What is out of step is reset, so that no TIME_WAIT holds the pair of ends. */
	if (end == BEAT_ECHOED || end == BEAT_STOPPED || end == BEAT_PEER)
		call_close(fd);
	else
		sock_reset(fd);
	return end;
}

/* Connects and beats until the end of all. Returns whether it ended as asked. */
static bool keep_on(struct session *session)
{
	int64_t retry_us = RETRY_FIRST_US;
	const struct beat nobody = {.fd = -1,
	    .stop = session->stop,
	    .wake = session->interim,
	    .woken = tell_interim,
	    .who = session};
	struct beat_result ignored;

	for (;;) {
		const int fd = dial(session);
		const uint64_t echoed = session->echoed;
		if (fd >= 0) {
			const enum beat_end end = beat_on(session, fd);
			if (end == BEAT_ECHOED || end == BEAT_STOPPED)
				return true;
		}
		if (stop_wanted())
			return true;
		if (all_sent(session))
			return false; /* the last one was lost */
		if (!session->wanted->reconnect || out_lost())
			return false;
		if (session->echoed > echoed)
			retry_us = RETRY_FIRST_US;
		if (beat_rest(&nobody, retry_us, &ignored) == BEAT_STOPPED)
			return true;
		retry_us = 2 * retry_us < RETRY_MOST_US ? 2 * retry_us : RETRY_MOST_US;
	}
}

bool session_run(struct session *session)
{
	const struct session_wanted *wanted = session->wanted;

	session->plan = (struct plan){.settings = session->settings,
	    .backlog = SOCK_NO_LISTEN,
	    .setting_count = settings_write(&wanted->settings, session->settings)};
	session->view = (struct connect_view){.local = &session->plan.local,
	    .peer = &session->plan.peer,
	    .len = wanted->size ? wanted->size : strlen(wanted->data),
	    .every_us = wanted->every_us,
	    .timeout_us = wanted->settings.timeout_us};
	session->any_port = addr_port(&session->sources[0]) == 0;
	connect_view_begin(&session->view, wanted->size ? NULL : wanted->data);
	const bool as_asked = keep_on(session);
	if (session->connected) {
		out_after_interrupt(stop_wanted());
		connect_view_summary(&session->view, session->sent, session->echoed, &session->rtt);
	}
	return as_asked;
}
