/* reuse run: any program, with its sockets shown, explained and shared. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/inherited.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/read.h"
#include "cli/say.h"
#include "cmd/run/view.h"
#include "cmd/run/watch.h"
#include "tcp/errname.h"
#include "tcp/resolve.h"
#include "words/endpoint.h"
#include "words/report.h"
#include "words/settings.h"

enum {
	STATUS_NOT_EXECUTED = 126, /* as the shells have them */
	STATUS_NOT_FOUND = 127,
	NO_JSON_FD = 0, /* it is kept as one more: a struct begins with zeros */
};

struct settings_list {
	struct setting list[RUN_SET_MOST];
	size_t count;
};

struct run_opts {
	struct common common;
	struct settings_list set;
	const char *source, *only;
	uint64_t json_fd;      /* and one, or NO_JSON_FD */
	struct endpoint place; /* of the source */
	char **words;          /* COMMAND and its own */
};

#define AT(field) offsetof(struct run_opts, field)

/* --- words ------------------------------------------------------------------------------ */

/* Adds the setting that word[0..len) names. Returns 0, or -1 with the complaint in `why`. */
static int add_setting(struct settings_list *into, const char *word, size_t len, char why[OPT_WHY])
{
	struct setting setting;

	if (!settings_word(word, len, &setting)) {
		snprintf(why, OPT_WHY, "not one of " SETTINGS_WORDS);
		return -1;
	}
	for (size_t i = 0; i < into->count; i++)
		if (into->list[i].option == setting.option) {
			if (into->list[i].value == setting.value)
				return 0;
			snprintf(why, OPT_WHY, "v6only and no-v6only contradict each other");
			return -1;
		}
	into->list[into->count++] = setting;
	return 0;
}

/* An opt_parse: OPTION[,OPTION...]. */
static int read_settings(const char *word, void *into, char why[OPT_WHY])
{
	struct settings_list list = {.count = 0};

	for (;; word++) {
		const size_t len = strcspn(word, ",");
		if (add_setting(&list, word, len, why) < 0)
			return -1;
		word += len;
		if (!*word)
			break;
	}
	*(struct settings_list *)into = list;
	return 0;
}

/* An opt_parse: a descriptor that can be written to. */
static int read_json_fd(const char *word, void *into, char why[OPT_WHY])
{
	uint64_t fd;
	const bool number = opt_number(word, &fd, why) == 0;
	const int flags = number && !inherited_closed((int)fd) ? fcntl((int)fd, F_GETFL) : -1;

	if (number && flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) {
		*(uint64_t *)into = fd + 1;
		return 0;
	}
	snprintf(why, OPT_WHY, "%s",
	    !number     ? "not the number of a descriptor"
	    : flags < 0 ? "not open"
			: "not open for writing");
	return -1;
}

static const struct opt opts[] = {
    {0, "set", "OPTION[,OPTION...]", AT(set), read_settings, 0,
	"set these on each TCP socket before its bind; reuseaddr, reuseport, v6only, no-v6only, freebind or no-port"},
    {0, "source", "ADDR:PORT", AT(source), opt_word, 0,
	"connect unbound sockets from there; with SO_REUSEADDR and SO_REUSEPORT, so that others may share it"},
    {0, "only", "PROGRAM", AT(only), opt_word, 0, "trace only processes of that name"},
    {0, "json-fd", "N", AT(json_fd), read_json_fd, 0,
	"write JSON to that descriptor (--json is 2)"},
    {0},
};

static int read_source_word(struct run_opts *o)
{
	if (endpoint_is_whole(o->source))
		return endpoint_read_whole(&o->place, &o->common, o->source) < 0 ? STATUS_USAGE
										 : STATUS_OK;
	say("--source %s: not an address and a port, like 127.0.0.1:3001", say_quote(o->source));
	return STATUS_USAGE;
}

static int run_words(void *into, int count, char **words)
{
	struct run_opts *o = into;
	char why[OPT_WHY];

	if (o->json_fd != NO_JSON_FD)
		o->common.json = 1;
	else if (o->common.json && read_json_fd("2", &o->json_fd, why) < 0) {
		say("--json: descriptor 2 is %s", why);
		return STATUS_USAGE;
	}
	out_style(&o->common);
	if (count == 0) {
		say("COMMAND is missing");
		return STATUS_USAGE;
	}
	o->words = words;
	o->place.what = "--source";
	return o->source ? read_source_word(o) : STATUS_OK;
}

/* JSON of this process goes where the tracer's does. */
static void json_to(const struct run_opts *o)
{
	const int fd = o->json_fd != NO_JSON_FD ? (int)o->json_fd - 1 : STDERR_FILENO;

	if (o->common.json && fd != STDOUT_FILENO)
		dup2(fd, STDOUT_FILENO);
}

/* A name stands for an address of each family that it has. Returns 0, or -1 after a complaint. */
static int find_source(struct run_opts *o, struct run_plan *plan)
{
	static const int families[] = {AF_INET, AF_INET6};
	const union addr typed = addr_unmap(&o->place.addr);
	const int wanted = endpoint_family(&o->common);
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		union addr answers[NAME_ANSWERS] = {0};
		const char *why;
		if (wanted != AF_UNSPEC && wanted != families[i])
			continue;
		if (*o->place.name)
			name_find(o->place.name, families[i], o->place.port, answers, &why);
		else if (typed.any.sa_family == AF_UNSPEC)
			answers[0] = addr_any(families[i], o->place.port);
		else if (typed.any.sa_family == families[i])
			answers[0] = typed;
		plan->sources[i] = answers[0];
		found |= answers[0].any.sa_family != AF_UNSPEC;
	}
	plan->has_source = true;
	if (found)
		return 0;
	json_to(o);
	endpoint_find(&o->place, &o->common); /* complains */
	return -1;
}

/* --- becoming the program --------------------------------------------------------------- */

/* Whether a folder of PATH that may be searched has a file of that name: execvp(3) says EACCES of a name that is
 * nowhere, too, where a folder may not be searched. */
static bool is_somewhere(const char *name)
{
	const char *at = getenv("PATH");
	char path[PATH_MAX];

	for (; at && *at; at += strcspn(at, ":"), at += *at == ':') {
		snprintf(path, sizeof path, "%.*s/%s", (int)strcspn(at, ":"), at, name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* COMMAND instead of this process. Returns a status where that cannot be. */
static int become_command(const struct run_opts *o)
{
	char quoted[SAY_QUOTE];

	if (o->json_fd > STDERR_FILENO + 1)
		fcntl((int)o->json_fd - 1, F_SETFD, FD_CLOEXEC);
	inherited_restore();
	execvp(o->words[0], o->words);

	int error = errno;
	if (error == EACCES && !strchr(o->words[0], '/') && !is_somewhere(o->words[0]))
		error = ENOENT;
	inherited_order();
	json_to(o);
	json_continue();
	report_words("execve", error, NULL, NULL, "%s: %s (%s)",
	    say_quote_into(quoted, o->words[0]), strerror(error), errname(error));
	return error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTED;
}

/* Nothing can be watched. Returns a status. */
static int go_alone(const struct run_opts *o, const struct trace *trace, bool must)
{
	char text[RUN_TEXT];

	const bool ends = must || trace->bar == TRACE_SYSTEM;

	say("%s", run_view_bar(trace, text));
	/* A tracer has told as JSON what it met with. */
	if (ends && out_json() && (trace->bar == TRACE_SYSTEM || trace->bar == TRACE_FORK)) {
		json_to(o);
		run_view_note(NULL, text);
	}
	if (!ends)
		return become_command(o);
	return trace->bar == TRACE_SYSTEM ? STATUS_USAGE : STATUS_FAIL;
}

static int run_run(int argc, char **argv)
{
	struct run_opts o = {0};
	struct run_plan plan = {0};
	struct trace trace;
	int status;

	out_errnos(errname);
	if (!command_words(&cmd_run, &o.common, argc, argv, &status))
		return status;
	memcpy(plan.set, o.set.list, sizeof plan.set);
	plan.set_count = o.set.count;
	plan.only = o.only;
	if (o.source && find_source(&o, &plan) < 0)
		return STATUS_FAIL;

	const int to = o.json_fd != NO_JSON_FD ? (int)o.json_fd - 1 : STDERR_FILENO;
	if (trace_fork(&trace, o.common.verbose, to) == TRACE_TRACER) {
		watch_program(&trace, &plan);
		_exit(0);
	}
	const enum trace_order order = trace.bar == TRACE_FREE ? trace_ready(&trace) : TRACE_ALONE;
	if (order == TRACE_EXECUTE)
		return become_command(&o);
	return go_alone(&o, &trace, order == TRACE_GIVE_UP || run_plan_changes(&plan));
}

static const char *run_word(size_t operand, size_t i)
{
	return operand == 0 && i == 0 ? "@PROGRAM" : NULL;
}

const struct command cmd_run = {
    .name = "run",
    .summary = "Run a program, and show how its TCP sockets get their addresses",
    .search = "trace bind, listen and connect; Address already in use",
    .operands = "[--] COMMAND [ARG...]",
    .about =
	"Prints each bind, listen and connect of COMMAND and of its children on stderr, and\n"
	"explains those that are refused. COMMAND, its output and its status stay as they are; so\n"
	"do its socket options, except for --set and --source.\n"
	"\n"
	"Status 0: COMMAND's own status, as are all others; 1: nothing can be traced, and --set or\n"
	"--source was given; 2: malformed words, or not Linux 5.6 or later; 126: COMMAND cannot be\n"
	"executed; 127: it was not found.",
    .example = "reuse run python3 -m http.server 8000\n"
	       "reuse run --set reuseport python3 -m http.server 8000\n"
	       "reuse run --source 127.0.0.1:3001 curl http://127.0.0.1:8000/",
    .opts = opts,
    .order = OPT_FIRST,
    .word = run_word,
    .run = run_run,
    .read = run_words,
    .notes =
	"COMMAND runs in the process that was started; a second process traces it with ptrace(2).\n"
	"seccomp(2) stops it at these calls only, so all others run at full speed (in 32-bit\n"
	"programs, those that call sendto and sendmsg stop too). The tracer ends with the last\n"
	"process that it traces; if it is killed, they are killed too. A program that traces\n"
	"others, such as a debugger, cannot do so here, and seccomp's strict mode is not available.\n"
	"Without CAP_SYS_ADMIN COMMAND and its children cannot gain privileges.\n"
	"\n"
	"A refused call waits a second at most, while a child of the tracer reads the sockets and\n"
	"processes of the machine. A send with MSG_FASTOPEN connects: it is shown, and made from\n"
	"--source. What a program does through io_uring, and what its own seccomp filter refuses or\n"
	"passes to another program, is not seen; a line says so when it begins. A child created\n"
	"with CLONE_UNTRACED cannot be watched: its bind, listen and connect fail (ENOSYS).",
};
