#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "tcp/errname.h"
#include "words/errors.h"
#include "words/report.h"

enum { MESSAGE = 512 };

static bool known_addr(const union addr *addr)
{
	return addr && addr->any.sa_family != AF_UNSPEC;
}

void report_words(const char *call, int error, const union addr *local, const union addr *peer,
    const char *format, ...)
{
	char message[MESSAGE], text[ADDR_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	say("%s", message);
	if (!out_json())
		return;
	json_open("error");
	json_text("call", call);
	json_text("errno", error ? errname(error) : NULL);
	json_text("local", known_addr(local) ? addr_print(local, text) : NULL);
	json_text("peer", known_addr(peer) ? addr_print(peer, text) : NULL);
	json_text("message", message);
	json_end();
}

static void complain(
    const char *call, const char *thing, int error, const union addr *local, const union addr *peer)
{
	report_words(call, error, local, peer, "%s%s%s: %s (%s)", call, *thing ? " " : "", thing,
	    strerror(error), errname(error));
}

void report_fault_cause(
    const struct fault *fault, const union addr *local, const union addr *peer, const char *cause)
{
	const bool to_peer =
	    fault->at == CALL_CONNECT || fault->at == CALL_SEND || fault->at == CALL_RECV;
	const union addr *addr = to_peer ? peer : local;
	char text[ADDR_TEXT + SAY_QUOTE] = "";

	if (fault->option)
		snprintf(text, sizeof text, "%s%s%s", fault->option, *fault->device ? " " : "",
		    *fault->device ? say_quote(fault->device) : "");
	else if (known_addr(addr) && fault->at != CALL_SOCKET)
		addr_print(addr, text);
	complain(fault_call(fault->at), text, fault->error, local, peer);
	if (cause)
		say("%s", cause);
	const bool shared = (fault->error == EADDRINUSE || fault->error == EADDRNOTAVAIL) &&
			    (fault->error == EADDRINUSE || fault->at == CALL_CONNECT);
	if (shared && known_addr(local) && addr_port(local) != 0)
		say("try 'reuse why %s'", addr_print(local, text));
}

/* Whether EADDRNOTAVAIL has one cause alone: the source has its port, and an address or, of IPv4, a route
 * that gives it one. */
static bool is_pair_taken(
    const struct fault *fault, const union addr *local, const union addr *peer)
{
	return fault->at == CALL_CONNECT && fault->error == EADDRNOTAVAIL && known_addr(local) &&
	       known_addr(peer) && addr_port(local) != 0 && addr_port(peer) != 0 &&
	       (local->any.sa_family == AF_INET || !addr_is_any(local));
}

void report_fault(
    const struct fault *fault, const union addr *local, const union addr *peer, int meaning)
{
	const char *means = meaning ? errors_meaning(fault->at, fault->error) : NULL;

	if (means && fault->at == CALL_BIND && fault->error == EADDRINUSE && known_addr(local) &&
	    addr_port(local) == 0)
		means = "all ports of the range that the kernel picks from are taken or reserved";
	if (means && is_pair_taken(fault, local, peer))
		means = errors_meaning(CALL_CONNECT, EADDRINUSE);
	report_fault_cause(fault, local, peer, means);
}

void report_call(const char *call, int error)
{
	complain(call, "", error, NULL, NULL);
}
