/* reuse try: asks the kernel. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/inherited.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cmd/try/view.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tcp/port.h"
#include "tcp/trial.h"
#include "words/script.h"
#include "words/start.h"

enum {
	INPUT_ROOM = 1 << 16,
	INPUT_MOST = 1 << 28, /* bytes of steps; some millions of trials */
};

static const struct opt opts[] = {{0}};

/* One run of the command. */
struct session {
	struct common common;
	int stop;
	struct script script;
	const char *unit; /* what a step stands in: "line", "step" */
	char *text;       /* all of standard input, malloced; NULL: the script has all steps */
	size_t len;
	unsigned trials;
	bool with_names; /* host names, to be looked up */
	bool refused, broken;
};

/* A call that is no step's was refused. No event tells of it: events are of steps. */
static void complain_of_step(const char *what, int error)
{
	say("%s: %s (%s)", what, strerror(error), errname(error));
}

static void stop_without_memory(struct session *session)
{
	complain_of_step("malloc", errno);
	session->broken = true;
}

static bool over(const struct session *session)
{
	return session->broken || stop_wanted() || out_lost();
}

/* Looks up the host names of the trial that the script holds. */
static void find_names(struct session *session)
{
	char why[SCRIPT_WHY];
	size_t number;

	if (script_find(&session->script, &number, why) < 0) {
		say("%s %zu: %s", session->unit, number, why);
		session->broken = true;
	}
}

static void keep_in_mind(struct session *session)
{
	for (size_t i = 0; i < session->script.count; i++)
		session->with_names |= session->script.lines[i].host != NULL;
}

/* Runs the trial that the script holds. */
static void run_trial(struct session *session)
{
	struct fault fault;

	find_names(session);
	if (session->broken)
		return;
	const struct trial_plan plan = script_plan(&session->script, session->stop);
	struct trial *trial = trial_begin(&plan, &fault);
	if (!trial) {
		complain_of_step(fault_call(fault.at), fault.error);
		session->broken = true;
		return;
	}
	struct try_view view;
	if (try_view_begin(&view, &session->script, trial, ++session->trials) < 0)
		stop_without_memory(session);
	for (size_t i = 0; i < plan.count && !over(session); i++) {
		struct trial_result result;
		trial_step(trial, i, &result);
		if (result.stopped)
			break;
		session->refused |= result.fault.at != CALL_NONE;
		if (try_view_step(&view, i, &result) < 0)
			stop_without_memory(session);
	}
	trial_end(trial);
}

/* Goes through the trials of the text: reads each into the script and does that to it. Returns 0,
 * or -1 after a complaint about a malformed line. */
static int each_trial(struct session *session, void does(struct session *))
{
	const char *const text = session->text;
	const size_t len = session->len;
	struct script *script = &session->script;
	char why[SCRIPT_WHY];
	size_t number = 0;

	for (size_t at = 0; at < len && !over(session);) {
		const char *line = text + at;
		const char *end = memchr(line, '\n', len - at);
		const size_t whole = end ? (size_t)(end - line) : len - at;
		const char *comment = memchr(line, '#', whole);
		const size_t words = comment ? (size_t)(comment - line) : whole;
		size_t blanks = 0;

		at += whole + 1;
		number++;
		while (blanks < words && strchr(" \t\r\v\f", line[blanks]) && line[blanks])
			blanks++;
		if (blanks < words) {
			if (script_add(script, line, words, why) < 0) {
				say("line %zu: %s", number, why);
				return -1;
			}
			script->lines[script->count - 1].number = number;
		}
		if ((blanks == words && !comment) || at >= len) {
			if (script->count > 0)
				does(session);
			script_clear(script);
		}
	}
	return 0;
}

/* All of standard input into the text. Returns an enum status. */
static int read_input(struct session *session)
{
	struct pollfd fds[2] = {
	    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = session->stop, .events = POLLIN}};
	size_t room = 0;

	if (inherited_closed(STDIN_FILENO)) {
		complain_of_step("standard input", EBADF);
		return STATUS_FAIL;
	}
	for (;;) {
		if (session->len == room) {
			room = room ? 2 * room : INPUT_ROOM;
			char *more = room <= INPUT_MOST ? realloc(session->text, room) : NULL;
			if (!more) {
				say("standard input: longer than %d MiB", INPUT_MOST >> 20);
				return STATUS_USAGE;
			}
			session->text = more;
		}
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			complain_of_step("poll", errno);
			return STATUS_FAIL;
		}
		if (stop_wanted())
			return STATUS_INTERRUPTED;
		const ssize_t n =
		    read(STDIN_FILENO, session->text + session->len, room - session->len);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			complain_of_step("standard input", errno);
			return STATUS_FAIL;
		}
		if (n == 0)
			return STATUS_OK;
		session->len += n > 0 ? (size_t)n : 0;
	}
}

static int end(const struct session *session)
{
	if (out_end() < 0)
		return STATUS_FAIL;
	if (stop_wanted())
		return STATUS_INTERRUPTED;
	return session->broken || session->refused ? STATUS_FAIL : STATUS_OK;
}

/* With "-" all of standard input, which is gone through once now and again when it is run, a trial at a time:
 * memory holds the text and one trial. Else one trial, a step a word. */
static int try_read(void *into, int count, char **words)
{
	struct session *const session = into;
	char why[SCRIPT_WHY];

	if (count == 0) {
		say("operand STEP is missing, such as 'a bind 127.0.0.1:P'");
		return STATUS_USAGE;
	}
	const bool input = !strcmp(words[0], "-");
	if (input && count > 1) {
		say("unexpected argument %s: - must be the only operand", say_quote(words[1]));
		return STATUS_USAGE;
	}
	session->script.numeric = session->common.numeric;
	session->script.family = session->common.family;
	session->unit = input ? "line" : "step";
	session->stop = stop_open(STATUS_INTERRUPTED);
	if (session->stop < 0) {
		complain_of_step("pipe", errno);
		return STATUS_FAIL;
	}
	if (input) {
		const int status = read_input(session);
		if (status != STATUS_OK)
			return status;
		return each_trial(session, keep_in_mind) < 0 ? STATUS_USAGE : STATUS_OK;
	}
	for (int i = 0; i < count; i++) {
		if (script_add(&session->script, words[i], strlen(words[i]), why) < 0) {
			say("step %d: %s", i + 1, why);
			return STATUS_USAGE;
		}
		session->script.lines[i].number = (size_t)i + 1;
	}
	return STATUS_OK;
}

static int run_try(int argc, char **argv)
{
	struct session session = {0};
	unsigned low, high;
	int status;

	if (start_command(&cmd_try, &session.common, argc, argv, &status)) {
		if (tunable_port_range(&low, &high))
			port_avoid(low, high);
		/* All names are looked up before anything is run. */
		if (session.with_names)
			each_trial(&session, find_names);
		if (session.text)
			each_trial(&session, run_trial);
		else
			run_trial(&session);
		status = end(&session);
	}
	script_clear(&session.script);
	free(session.text);
	return status;
}

const struct command cmd_try = {
    .name = "try",
    .summary = "Ask this kernel: steps on named sockets, and the answer to each",
    .search = "bind, listen, connect, EADDRINUSE",
    .operands = "STEP...|-",
    .about = "Would this kernel allow it? Each STEP is one argument, and all of them are one\n"
	     "trial. With - steps come from standard input, one a line; # begins a comment, an\n"
	     "empty line ends a trial. After a trial every socket still open is reset. A step:\n"
	     "\n"
	     "  a bind ADDR:PORT [OPTION...]     sets the options in the order written, binds\n"
	     "  a set OPTION..., a clear OPTION...\n"
	     "  a listen [BACKLOG]               default: the system's most\n"
	     "  a connect ADDR:PORT [OPTION...]  waits for the outcome, 2 s at most\n"
	     "  a disconnect                     connect to AF_UNSPEC\n"
	     "  s accept a                       the new s is what a accepts within 100 ms\n"
	     "  a close, a reset                 FIN and close; RST and close\n"
	     "  a shutdown [rd|wr|rdwr]          default: wr\n"
	     "  a name                           prints the address it is bound to\n"
	     "\n"
	     "Here a and s are names of sockets, of letters and digits; a socket is opened at\n"
	     "its first step. OPTION is reuseaddr, reuseport, v6only, no-v6only, freebind\n"
	     "(IP_FREEBIND), no-port (IP_BIND_ADDRESS_NO_PORT), device=IF, port-range=LO-HI\n"
	     "(IP_LOCAL_PORT_RANGE) or, for bind and connect, uid=N: the step runs under that\n"
	     "effective user ID. P, Q and R as PORT are three ports free on all addresses,\n"
	     "chosen for each trial.\n"
	     "\n"
	     "Each step is printed with its result: ok, the errno, or CALL:ERRNO where a call\n"
	     "other than the verb's own was refused. Status 0: all steps are ok; 1: not all.",
    .example = "reuse try 'a bind :P reuseaddr' 'a listen' 'b bind 127.0.0.1:P reuseaddr'\n"
	       "reuse try 'a bind :P reuseport' 'b bind :P reuseport' 'a listen' 'b listen'",
    .opts = opts,
    .run = run_try,
    .read = try_read,
    .notes =
	"A result shows what this kernel did at that moment; other sockets on the machine can\n"
	"change it. 'reuse rules' tries all combinations.\n"
	"\n"
	"Linux alone has IP_FREEBIND, IP_BIND_ADDRESS_NO_PORT and IP_LOCAL_PORT_RANGE (since Linux\n"
	"6.3); where a system lacks an option, the step's result is setsockopt:ENOPROTOOPT.",
};
