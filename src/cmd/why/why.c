/* reuse why: who holds a port, and what would let the caller have it. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer/report.h"
#include "cli/command.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "cmd/why/causes.h"
#include "cmd/why/shared.h"
#include "cmd/why/words.h"
#include "tcp/errname.h"
#include "tcp/resolve.h"
#include "words/errors.h"
#include "words/start.h"

struct why_opts {
	struct common common;
	int no_bind;
	struct question questions[QUESTIONS_MOST];
	int count;
};

static const struct opt opts[] = {
    {0, "no-bind", NULL, offsetof(struct why_opts, no_bind), NULL, 1,
	"bind nothing; derive every answer from what can be read"},
    {0},
};

/* On a terminal, until the first line: with very many processes it takes a while. */
static void show_search(void)
{
	if (!out_json())
		out_again("looking at every socket and process");
}

static void find_out(const struct why_opts *o, const struct question *question,
    const union addr *local, struct report *report)
{
	const struct newcomer newcomer = {
	    .local = *local, .udp = question->udp, .uid = (long)geteuid()};

	diagnose(report->findings, &newcomer, !o->no_bind, &report->diagnoses[report->count++]);
}

/* Shows a report; returns its status. */
static int show_report(const struct report *report)
{
	int status = STATUS_OK;

	report_show(report);
	for (size_t i = 0; i < report->count; i++)
		if (!report->diagnoses[i].free)
			status = STATUS_FAIL;
	return report->count > 0 ? status : STATUS_FAIL;
}

/* The wildcards of both families; one that this system lacks is left out. */
static int why_port_alone(
    const struct why_opts *o, const struct question *question, struct report *report)
{
	const int family = endpoint_family(&o->common);
	const int both[] = {AF_INET, AF_INET6};

	report->port_alone = true;
	for (size_t i = 0; i < 2; i++) {
		const union addr any = addr_any(both[i], question->endpoint.port);
		if (family != AF_UNSPEC && family != both[i])
			continue;
		find_out(o, question, &any, report);
		const struct fault *refused = &report->diagnoses[report->count - 1].refused;
		if (family == AF_UNSPEC && i == 1 &&
		    ((refused->at == CALL_SOCKET && refused->error == EAFNOSUPPORT) ||
			(refused->at == CALL_BIND && refused->error == EADDRNOTAVAIL)))
			report->count--;
	}
	return show_report(report);
}

/* A report for each address of the place. */
static int why_places(
    const struct why_opts *o, const struct question *question, struct report *report)
{
	union addr answers[NAME_ANSWERS];
	const int n = endpoint_answers(&question->endpoint, &o->common, answers);
	int status = n < 0 ? STATUS_FAIL : STATUS_OK;
	char asked[ADDR_TEXT + 8];

	for (int i = 0; i < n; i++) {
		addr_print(&answers[i], asked);
		text_add(asked, sizeof asked, "%s", question->udp ? "/udp" : "");
		report->asked = asked;
		report->count = 0;
		find_out(o, question, &answers[i], report);
		if (show_report(report) != STATUS_OK)
			status = STATUS_FAIL;
		report->asked = NULL; /* `asked` is this function's */
		if (i + 1 < n && !out_json() && !out_quiet())
			out_line("%s", "");
	}
	return status;
}

static int why_port(const struct why_opts *o, const struct question *question)
{
	static struct findings findings;
	static struct report report; /* large */
	char asked[32];

	report = (struct report){.findings = &findings, .asked = asked};
	snprintf(asked, sizeof asked, "%u%s", question->endpoint.port, question->udp ? "/udp" : "");
	findings = (struct findings){0};
	if (question->endpoint.port != 0) {
		show_search();
		findings_read(
		    &findings, question->endpoint.port, geteuid() == 0, out_verbose(), !o->no_bind);
	}
	const int status = question->port_alone ? why_port_alone(o, question, &report)
						: why_places(o, question, &report);
	findings_free(&findings);
	return status;
}

/* 8080, :8080, [::1]:8080, *:8080, 53/udp, http://..., EADDRINUSE. */
static bool why_claims(const char *word)
{
	return (*word && strchr("0123456789:[*", *word)) || strpbrk(word, ":/") ||
	       errname_number(word);
}

/* What is asked, into the struct why_opts. */
static int why_read(void *into, int count, char **words)
{
	struct why_opts *const o = into;

	o->count = words_read(&o->common, count, words, o->questions);
	return o->count < 0 ? STATUS_USAGE : STATUS_OK;
}

static int why_all(const struct why_opts *o)
{
	int status = STATUS_OK;

	for (int i = 0; i < o->count && !stop_wanted() && !out_lost(); i++) {
		const struct question *question = &o->questions[i];
		const int one = question->error
				    ? causes_show(question->error, question->call, !o->no_bind)
				    : why_port(o, question);
		if (one != STATUS_OK)
			status = one;
		if (i + 1 < o->count && !out_json() && !out_quiet())
			out_line("%s", "");
	}
	return status;
}

static int run_why(int argc, char **argv)
{
	static struct why_opts o; /* large */
	int status;

	if (!start_command(&cmd_why, &o.common, argc, argv, &status))
		return status;
	if (start_stop(STATUS_INTERRUPTED) < 0)
		return STATUS_FAIL;
	if (o.count == 0)
		show_search();
	status = o.count == 0 ? shared_show(!o.no_bind) : why_all(&o);
	if (out_end() < 0)
		return STATUS_FAIL;
	return stop_wanted() ? STATUS_INTERRUPTED : status;
}

/* For completion: ports that listen, the errnos that socket calls give to people, and the calls. */
static const char *why_word(size_t operand, size_t i)
{
	static const char *const words[] = {"@LISTENING", "EADDRINUSE", "EADDRNOTAVAIL", "EACCES",
	    "EPERM", "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "ETIMEDOUT", "ENETUNREACH",
	    "EHOSTUNREACH", "ENETDOWN", "EINVAL", "EISCONN", "ENOTCONN", "EALREADY", "EINPROGRESS",
	    "EAGAIN", "EPIPE", "EMFILE", "ENFILE", "ENOBUFS", "EAFNOSUPPORT", "ENOTSOCK"};

	if (operand == 0)
		return i < sizeof words / sizeof *words ? words[i] : NULL;
	return operand == 1 && errors_calls[i] != CALL_NONE ? fault_call(errors_calls[i]) : NULL;
}

const struct command cmd_why = {
    .name = "why",
    .summary = "Show who has a port, and what would let you have it",
    .search = "Address already in use, EADDRINUSE, port in use, TIME_WAIT",
    .operands = "[[ADDR:]PORT[/udp]... | ERRNO [CALL]]",
    .about =
	"With a port, in any form that other tools use (8080, :8080, 127.0.0.1:8080, [::1]:8080,\n"
	"53/udp, a URL; several give a report each): first whether you could bind it without any\n"
	"option; then what would let you: an option, a wait, another user, or what to stop, as\n"
	"commands to paste; then who is in the way, with options, command line, unit and container;\n"
	"then what else is on that port, and what could not be seen. A port alone asks for 0.0.0.0\n"
	"and for ::. Status 0: you could bind it without any option; 1: you could not.\n"
	"\n"
	"With an errno, or its text: what it means from each call (socket, bind, listen, connect,\n"
	"accept, send, recv), with each cause, how to check it, and whether it applies here.\n"
	"\n"
	"Without operands: every local address and port that several sockets share now, and where\n"
	"each of them leads.",
    .example = "reuse why 3000\n"
	       "reuse why 127.0.0.1:3000\n"
	       "reuse why 53/udp\n"
	       "reuse why EADDRINUSE bind\n"
	       "reuse why",
    .opts = opts,
    .run = run_why,
    .read = why_read,
    .claims = why_claims,
    .notes =
	"Where the options of all sockets in the way can be read, one bind is made, without options\n"
	"and for microseconds, and the other answers are derived by the rule; otherwise as few\n"
	"binds as are needed. Nothing listens or connects. --no-bind binds nothing.\n"
	"\n"
	"Everybody can see the state, user, unit and container of a socket; its process and options\n"
	"are visible to the same user and to root, who also sees other network namespaces. On Linux\n"
	"sockets are listed by sock_diag(7), processes by proc(5); options of others' sockets are\n"
	"read with pidfd_getfd(2), where that is allowed. Processes with very many descriptors are\n"
	"looked at for half a second at most; with -v to the end.",
    .word = why_word,
};
