/* reuse why: who holds a port, and what would let the caller have it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cmd/why/causes.h"
#include "cmd/why/view.h"
#include "tcp/errname.h"
#include "words/endpoint.h"
#include "words/errors.h"
#include "words/start.h"

/* What is asked: about an errno, a port, or all that is shared. */
struct why_opts {
	struct common common;
	int error; /* or 0 */
	enum tcp_call call;
	bool port_asked;
	struct endpoint endpoint;
};

static const struct opt opts[] = {{0}};

/* Probes `endpoint`, or the wildcards of both families. A family that this system lacks is left out. */
static void probe_all(struct answer *answer, const struct endpoint *endpoint, int family)
{
	const int both[] = {AF_INET, AF_INET6};

	if (endpoint->addr.any.sa_family != AF_UNSPEC) {
		probe_bind(&endpoint->addr, &answer->probes[answer->probe_count++]);
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		const union addr any = addr_any(both[i], endpoint->port);
		struct probe *probe = &answer->probes[answer->probe_count];
		if (family != AF_UNSPEC && family != both[i])
			continue;
		probe_bind(&any, probe);
		answer->probe_count += family != AF_UNSPEC || probe->faults[0].at != CALL_SOCKET ||
				       probe->faults[0].error != EAFNOSUPPORT;
	}
}

static int why_port(const struct why_opts *o)
{
	const struct endpoint *const endpoint = &o->endpoint;
	static struct answer answer;
	int status = STATUS_OK;

	answer = (struct answer){.port = endpoint->port, .system = rule_here()};
	if (endpoint->addr.any.sa_family == AF_UNSPEC)
		snprintf(answer.asked, sizeof answer.asked, "%u", endpoint->port);
	else
		addr_print(&endpoint->addr, answer.asked);
	if (endpoint->port != 0)
		why_view_search();
	if (endpoint->port != 0 &&
	    holding_read(&answer.holding, endpoint->port, false, out_verbose()) < 0)
		answer.error = errno;
	probe_all(&answer, endpoint, endpoint_family(&o->common));

	why_view_answer(&answer);
	for (size_t i = 0; i < answer.probe_count; i++)
		if (answer.probes[i].faults[0].at != CALL_NONE)
			status = STATUS_FAIL;
	holding_free(&answer.holding);
	return answer.probe_count > 0 ? status : STATUS_FAIL;
}

static int why_shared(void)
{
	struct holding holding;

	why_view_search();
	if (holding_read(&holding, 0, true, true) < 0) {
		why_view_untold(errno, 0);
		return STATUS_FAIL;
	}
	why_view_shared(&holding);
	holding_free(&holding);
	return STATUS_OK;
}

/* "EADDRINUSE", or in small letters; 0 where it is no name of an errno. */
static int errno_of(const char *word)
{
	char name[32];
	size_t n = 0;

	for (; n < sizeof name - 1 && word[n]; n++)
		name[n] = (char)toupper((unsigned char)word[n]);
	name[n] = 0;
	return word[n] ? 0 : errname_number(name);
}

/* What is asked, into the struct why_opts. */
static int why_read(void *into, int count, char **words)
{
	struct why_opts *const o = into;
	const char *const word = words[0];

	if (count == 0)
		return STATUS_OK;
	o->error = errno_of(word);
	const int most = o->error ? 2 : 1;
	if (count > most)
		return command_unexpected(words[most]);
	if (o->error) {
		if (count > 1)
			o->call = errors_call(words[1]);
		if (count == 1 || o->call != CALL_NONE)
			return STATUS_OK;
		say("call %s: not one of socket bind listen connect accept send recv",
		    say_quote(words[1]));
		return STATUS_USAGE;
	}
	if (word[0] == 'E' &&
	    strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(word)) {
		say("errno %s: no such name on this system", say_quote(word));
		return STATUS_USAGE;
	}
	o->port_asked = true;
	o->endpoint.what = "address";
	const int read = endpoint_is_whole(word)
			     ? endpoint_read_whole(&o->endpoint, &o->common, word)
			     : endpoint_read_port(&o->endpoint, &o->common, "port", word);
	return read < 0 ? STATUS_USAGE : STATUS_OK;
}

static int run(int argc, char **argv)
{
	struct why_opts o = {0};
	int status;

	if (!start_command(&cmd_why, &o.common, argc, argv, &status))
		return status;
	if (start_stop() < 0)
		return STATUS_FAIL;
	if (o.error)
		status = causes_show(o.error, o.call);
	else if (!o.port_asked)
		status = why_shared();
	else if (endpoint_find(&o.endpoint, &o.common) < 0)
		status = STATUS_FAIL;
	else
		status = why_port(&o);
	if (out_end() < 0)
		return STATUS_FAIL;
	return stop_wanted() ? STATUS_INTERRUPTED : status;
}

/* An errno, and a call that it may come from. */
static const char *word(size_t operand, size_t i)
{
	if (operand == 0)
		return errname_at(i);
	return operand == 1 && errors_calls[i] != CALL_NONE ? fault_call(errors_calls[i]) : NULL;
}

const struct command cmd_why = {
    .name = "why",
    .summary = "Say who holds a port, and what would let you have it",
    .operands = "[[ADDR:]PORT | ERRNO [CALL]]",
    .about =
	"With a port: every socket on it, with its state, its user, its processes and its options,\n"
	"also one that is only bound or in TIME_WAIT; then which options would let you bind it,\n"
	"tried by bind alone, never by listen; and why, each sentence marked observed or inferred.\n"
	"Without an address the wildcards of both families are tried. Status 0: you could bind it\n"
	"with no option at all; 1: you could not.\n"
	"\n"
	"With the name of an errno: what it means from each call (socket, bind, listen, connect,\n"
	"accept, send, recv), and each cause with how to tell.\n"
	"\n"
	"With nothing: every local address and port that several sockets share now, with where\n"
	"each of them leads.\n"
	"\n"
	"State and user of a socket are everybody's to see; its process and options are seen by\n"
	"the same user and by root.",
    .example = "reuse why 3000\n"
	       "reuse why 127.0.0.1:3000\n"
	       "reuse why EADDRINUSE bind\n"
	       "reuse why",
    .opts = opts,
    .run = run,
    .read = why_read,
    .notes =
	"Sockets in other network namespaces, and so in most containers, are not seen. On Linux\n"
	"sockets are listed by sock_diag(7), processes by proc(5); options of others' sockets are\n"
	"read by way of pidfd_getfd(2), where that is allowed. Processes with very many descriptors\n"
	"are looked at for half a second at most; with -v to the end.",
    .word = word,
};
