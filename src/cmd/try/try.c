/* reuse try: asks the kernel. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "tcp/errname.h"
#include "tcp/trial.h"
#include "words/report.h"
#include "words/script.h"

enum {
	INPUT_ROOM = 1 << 16,
	INPUT_MOST = 1 << 28, /* bytes of steps; some millions of trials */
};

struct try_opts {
	struct common common;
};

static const struct opt opts[] = {{0}};

/* One run of the command. */
struct session {
	const struct common *common;
	int stop;
	struct script script;
	const char *unit; /* what a step stands in: "line", "step" */
	unsigned trials;
	bool with_names; /* host names, to be looked up */
	bool refused, broken;
};

/* A call that is no step's was refused. No event tells of it: events are of steps. */
static void complain(const char *what, int error)
{
	say("%s: %s (%s)", what, strerror(error), errname(error));
}

static void show_json(
    const struct session *session, size_t i, const char *text, const struct trial_result *result)
{
	const struct script *script = &session->script;
	const struct step *step = &script->steps[i];
	char addr[ADDR_TEXT], word[TRIAL_TEXT];

	json_open("step");
	json_number("trial", session->trials);
	json_text("step", text);
	json_text("socket", script->names[step->socket]->name);
	json_text("verb", script->lines[i].verb);
	json_text("result", trial_text(step, result, word));
	/* An unbound socket is at 0.0.0.0:0, which is no address. */
	if (result->local.any.sa_family != AF_UNSPEC &&
	    !(addr_is_any(&result->local) && addr_port(&result->local) == 0))
		json_text("local", addr_print(&result->local, addr));
	if (result->peer.any.sa_family != AF_UNSPEC)
		json_text("peer", addr_print(&result->peer, addr));
	if (result->fault.at != CALL_NONE) {
		json_text("call", fault_call(result->fault.at));
		json_text("errno", errname(result->fault.error));
	}
	json_end();
}

static void show(
    struct session *session, const struct trial *trial, size_t i, const struct trial_result *result)
{
	const struct script *script = &session->script;
	const struct step *step = &script->steps[i];
	const bool ok = result->fault.at == CALL_NONE;
	const bool named = step->verb == TRIAL_NAME && ok;
	const unsigned ports[TRIAL_PORTS] = {[TRIAL_P] = trial_port(trial, TRIAL_P),
	    [TRIAL_Q] = trial_port(trial, TRIAL_Q),
	    [TRIAL_R] = trial_port(trial, TRIAL_R)};
	const size_t size = script_text_size(script, i);
	char *const text = malloc(size);
	char word[TRIAL_TEXT], addr[ADDR_TEXT];

	if (!text) {
		complain("malloc", errno);
		session->broken = true;
		return;
	}
	script_text(script, i, ports, text, size);
	if (session->common->json)
		show_json(session, i, text, result);
	else
		out_line("%s  %s%s%s%s%s", text, out_paint(ok ? OUT_GREEN : OUT_RED),
		    trial_text(step, result, word), out_paint(OUT_PLAIN), named ? " " : "",
		    named ? addr_print(&result->local, addr) : "");
	free(text);
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
		complain(fault_call(fault.at), fault.error);
		session->broken = true;
		return;
	}
	if (session->trials++ > 0 && !session->common->json)
		out_line("%s", "");
	for (size_t i = 0; i < plan.count && !over(session); i++) {
		struct trial_result result;
		trial_step(trial, i, &result);
		if (result.stopped)
			break;
		session->refused |= result.fault.at != CALL_NONE;
		show(session, trial, i, &result);
	}
	trial_end(trial);
}

/* Goes through the trials in text[0..len): reads each into the script and does that to it. Returns 0,
 * or -1 after a complaint about a malformed line. */
static int each_trial(
    struct session *session, const char *text, size_t len, void does(struct session *))
{
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

/* All of standard input, malloced, into `*text`. Returns an enum status. */
static int read_input(const struct session *session, char **text, size_t *len)
{
	struct pollfd fds[2] = {
	    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = session->stop, .events = POLLIN}};
	size_t room = 0;

	for (;;) {
		if (*len == room) {
			room = room ? 2 * room : INPUT_ROOM;
			char *more = room <= INPUT_MOST ? realloc(*text, room) : NULL;
			if (!more) {
				say("standard input: more than memory is kept for (%d MiB)",
				    INPUT_MOST >> 20);
				return STATUS_USAGE;
			}
			*text = more;
		}
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			complain("poll", errno);
			return STATUS_FAIL;
		}
		if (stop_wanted())
			return STATUS_INTERRUPTED;
		const ssize_t n = read(STDIN_FILENO, *text + *len, room - *len);
		if (n < 0 && errno != EINTR && errno != EAGAIN) {
			const int error = errno;
			if (session->common->json)
				json_start("try");
			complain("standard input", error);
			return STATUS_FAIL;
		}
		if (n == 0)
			return STATUS_OK;
		*len += n > 0 ? (size_t)n : 0;
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

/* Reads everything, and looks up all names, before anything is run, then once more, a trial at a time:
 * memory holds the text and one trial. */
static int run_input(struct session *session)
{
	char *text = NULL;
	size_t len = 0;
	session->unit = "line";
	int status = read_input(session, &text, &len);

	if (status == STATUS_OK && each_trial(session, text, len, keep_in_mind) < 0)
		status = STATUS_USAGE;
	if (status == STATUS_OK) {
		if (session->common->json)
			json_start("try");
		if (session->with_names)
			each_trial(session, text, len, find_names);
		each_trial(session, text, len, run_trial);
		status = end(session);
	}
	free(text);
	return status;
}

static int run_words(struct session *session, int count, char **words)
{
	char why[SCRIPT_WHY];

	session->unit = "step";
	for (int i = 0; i < count; i++) {
		if (script_add(&session->script, words[i], strlen(words[i]), why) < 0) {
			say("step %d: %s", i + 1, why);
			return STATUS_USAGE;
		}
		session->script.lines[i].number = (size_t)i + 1;
	}
	if (session->common->json)
		json_start("try");
	run_trial(session);
	return end(session);
}

static int run(int argc, char **argv)
{
	struct try_opts o = {0};
	struct session session = {.common = &o.common};
	int status;

	const int first = command_words(&cmd_try, &o.common, argc, argv, &status);
	if (first < 0)
		return status;
	if (first == argc) {
		say("operand STEP is missing, such as 'a bind 127.0.0.1:P'");
		return STATUS_USAGE;
	}
	const bool input = !strcmp(argv[first], "-");
	if (input && first + 1 < argc) {
		say("surplus operand %s: - stands alone", say_quote(argv[first + 1]));
		return STATUS_USAGE;
	}
	report_explain(&o.common);
	session.script.numeric = o.common.numeric;
	session.script.family = o.common.family;
	session.stop = stop_open();
	if (session.stop < 0) {
		complain("pipe", errno);
		return STATUS_FAIL;
	}
	status = input ? run_input(&session) : run_words(&session, argc - first, argv + first);
	script_clear(&session.script);
	return status;
}

const struct command cmd_try = {
    .name = "try",
    .summary = "Ask this kernel: steps on named sockets, and the answer to each",
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
	     "  a name                           tells the address it is bound to\n"
	     "\n"
	     "Here a and s are names of sockets, of letters and digits; a socket is opened at\n"
	     "its first step. OPTION is reuseaddr, reuseport, v6only, no-v6only, no-port\n"
	     "(IP_BIND_ADDRESS_NO_PORT), device=IF, port-range=LO-HI (IP_LOCAL_PORT_RANGE) or,\n"
	     "for bind and connect, uid=N: the step runs under that effective user ID. P, Q\n"
	     "and R as PORT are three ports free on all addresses, chosen for each trial.\n"
	     "\n"
	     "Each step is printed with its result: ok, the errno, or CALL:ERRNO where another\n"
	     "call than the verb's own was refused. Status 0: all steps are ok; 1: something else\n"
	     "stood in a result.",
    .example = "reuse try 'a bind :P reuseaddr' 'a listen' 'b bind 127.0.0.1:P reuseaddr'\n"
	       "reuse try 'a bind :P reuseport' 'b bind :P reuseport' 'a listen' 'b listen'",
    .opts = opts,
    .run = run,
    .notes =
	"A result tells what this kernel did at this moment: other sockets on the machine take\n"
	"part. In 'reuse rules' the same steps are made for all combinations.\n"
	"\n"
	"IP_BIND_ADDRESS_NO_PORT and IP_LOCAL_PORT_RANGE (since Linux 6.3) are of Linux; where a\n"
	"system lacks an option the step says setsockopt:ENOPROTOOPT.",
};
