#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/wrap.h"
#include "cmd/why/causes.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/errname.h"
#include "tcp/sock.h"
#include "words/errors.h"
#include "words/report.h"

enum { TRIED = 256 };

/* bind, and close at once: "ok", or what was refused. */
static const char *try_bind(const union addr *addr)
{
	const struct plan plan = {.local = *addr, .backlog = SOCK_NO_LISTEN};
	struct fault fault;
	const int fd = sock_open(&plan, &fault);

	if (fd < 0)
		return errname(fault.error);
	call_close(fd);
	return "ok";
}

static void try_privileged_port(char tried[TRIED])
{
	char first[TUNABLE_TEXT];
	const char *name = "net.ipv4.ip_unprivileged_port_start";
	union addr addr = addr_loopback(AF_INET, 0);
	unsigned port = 1023;
	const char *result = "EADDRINUSE";

	/* One that nobody holds: a few are enough. */
	for (; port > 1000 && !strcmp(result, "EADDRINUSE"); port--) {
		addr_set_port(&addr, port);
		result = try_bind(&addr);
	}
	int n = snprintf(tried, TRIED, "tried: bind 127.0.0.1:%u %s", port + 1, result);
	if (tunable_read(name, first) == 0)
		snprintf(tried + n, (size_t)(TRIED - n), "; %s is %s", name, first);
}

static void try_foreign_address(char tried[TRIED])
{
	union addr addr = addr_any(AF_INET, 0);
	char text[ADDR_TEXT];

	/* RFC 5737: for documentation, nobody's. */
	inet_pton(AF_INET, "192.0.2.1", &addr.v4.sin_addr);
	snprintf(tried, TRIED, "tried: bind %s %s", addr_print(&addr, text), try_bind(&addr));
}

static void try_port_range(char tried[TRIED])
{
	const union addr addr = addr_any(AF_INET, 0);
	unsigned low, high;
	int n = snprintf(tried, TRIED, "tried: bind 0.0.0.0:0 %s", try_bind(&addr));

	if (tunable_port_range(&low, &high))
		snprintf(tried + n, (size_t)(TRIED - n), "; the range is %u to %u", low, high);
}

static void try_ipv6(char tried[TRIED])
{
	const int fd = call_socket(AF_INET6);

	snprintf(tried, TRIED, "tried: an IPv6 socket %s", fd < 0 ? "is refused" : "can be opened");
	if (fd >= 0)
		call_close(fd);
}

static void read_descriptors(char tried[TRIED])
{
	struct rlimit limit;

	*tried = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(tried, TRIED, "here a process may have %llu, at most %llu",
		    (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
}

static void read_tunable(const char *name, char tried[TRIED])
{
	char value[TUNABLE_TEXT];

	*tried = 0;
	if (tunable_read(name, value) == 0)
		snprintf(tried, TRIED, "here %s is %.*s", name, 120, *value ? value : "empty");
}

/* What this machine says to it; "" where nothing is to be tried. */
static void check(const struct cause *cause, char tried[TRIED])
{
	*tried = 0;
	switch (cause->check) {
	case CHECK_NONE:
		break;
	case CHECK_PRIVILEGED_PORT:
		try_privileged_port(tried);
		break;
	case CHECK_FOREIGN_ADDRESS:
		try_foreign_address(tried);
		break;
	case CHECK_PORT_RANGE:
		try_port_range(tried);
		break;
	case CHECK_IPV6:
		try_ipv6(tried);
		break;
	case CHECK_DESCRIPTORS:
		read_descriptors(tried);
		break;
	case CHECK_TUNABLE:
		read_tunable(cause->tunable, tried);
	}
}

static void show_cause(const struct cause *cause, int error, enum tcp_call call)
{
	char text[1024], tried[TRIED];

	check(cause, tried);
	if (out_json()) {
		snprintf(text, sizeof text, "%s; to tell: %s%s%s", cause->text, cause->tell,
		    *tried ? "; " : "", tried);
		json_open("cause");
		json_text("errno", errname(error));
		json_text("call", fault_call(call));
		json_text("text", text);
		json_text("cause", cause->text);
		json_text("tell", cause->tell);
		json_text("tried", *tried ? tried : NULL);
		json_end();
		return;
	}
	out_start("- ");
	wrap_text(cause->text, strlen(cause->text), 2);
	out_start("  to tell: ");
	wrap_text(cause->tell, strlen(cause->tell), 11);
	if (*tried) {
		out_start("  ");
		wrap_text(tried, strlen(tried), 2);
	}
}

/* All of one call. Returns whether there is anything to tell. */
static bool show_call(int error, enum tcp_call call, bool first)
{
	const struct cause *cause = errors_cause(NULL, call, error);
	const char *meaning = errors_meaning(call, error);
	char text[512];

	if (!cause)
		return false;
	if (!out_json()) {
		if (!first)
			out_line("%s", "");
		snprintf(text, sizeof text, "%s from %s: %s%s%s", errname(error), fault_call(call),
		    strerror(error), meaning ? "; " : "", meaning ? meaning : "");
		wrap_text(text, strlen(text), 0);
	}
	for (; cause; cause = errors_cause(cause, call, error))
		show_cause(cause, error, call);
	return true;
}

int causes_show(int error, enum tcp_call only)
{
	bool shown = false;

	for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++)
		if (only == CALL_NONE || only == *call)
			shown |= show_call(error, *call, !shown);
	if (shown)
		return STATUS_OK;
	report_words(only == CALL_NONE ? NULL : fault_call(only), error, NULL, NULL,
	    "%s (%s): no cause known from %s", errname(error), strerror(error),
	    only == CALL_NONE ? "a socket call" : fault_call(only));
	if (only != CALL_NONE && errors_cause(NULL, CALL_NONE, error))
		say("try 'reuse why %s'", errname(error));
	return STATUS_FAIL;
}
