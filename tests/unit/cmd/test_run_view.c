/* ctest: os=Linux wrap=tunable_read wrap=trace_name */
/* cmd/run/view: all that run shows of calls, remarks and bars, word for word. */
#include <errno.h>
#include <sys/socket.h>

#include "cmd/run/view.h"
#include "os/tunable.h"
#include "tcp/option.h"
#include "tests/lib/shown.h"

static const char *scope = "1";

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT]);
void __wrap_trace_name(struct traced *call);

int __wrap_tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	(void)name;
	snprintf(text, TUNABLE_TEXT, "%s", scope ? scope : "");
	return scope ? 0 : -1;
}

void __wrap_trace_name(struct traced *call)
{
	snprintf(call->program, sizeof call->program, "late");
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static uint64_t lines;

static void show_left_out(void)
{
	run_view_left_out(lines);
}

static void lines_that_were_left_out_are_counted_in_words(void)
{
	static const struct {
		uint64_t lines;
		const char *text;
	} rows[] = {
	    {1, "(1 line left out)\n"},
	    {2, "(2 lines left out)\n"},
	    {3000000000, "(3000000000 lines left out)\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		lines = rows[i].lines;
		CHECK_LINES(shown_as((struct common){0}, show_left_out), rows[i].text);
	}
	CHECK_LINES(shown_as((struct common){.json = 1}, show_left_out),
	    "{\"event\":\"left_out\",\"lines\":3000000000}\n");
}

static void show_calls(void)
{
	const union addr local = addr_loopback(AF_INET, 3001), peer = addr_loopback(AF_INET6, 80);
	const struct run_seen calls[] = {
	    {.call = {.call = CALL_SOCKET,
		 .args = {AF_INET, SOCK_STREAM, 6},
		 .fd = -1,
		 .result = 3}},
	    {.call = {.call = CALL_SOCKET,
		 .args = {AF_INET6, SOCK_STREAM, 0},
		 .fd = -1,
		 .result = -1,
		 .error = EMFILE}},
	    {.call = {.call = CALL_OPTION, .fd = 3, .args = {SOL_SOCKET, SO_REUSEADDR, 1}}},
	    {.call = {.call = CALL_OPTION, .fd = 3, .args = {SOL_SOCKET, 9999, 1}}},
	    {.call = {.call = CALL_OPTION, .fd = 3, .args = {9999, 8888, 1}, .malformed = true}},
	    {.call = {.call = CALL_BIND, .fd = 3, .addr = local, .result = -1, .error = EADDRINUSE},
		.local = local,
		.refused = true},
	    {.call =
		    {.call = CALL_BIND, .fd = 3, .malformed = true, .result = -1, .error = EINVAL}},
	    {.call = {.call = CALL_CONNECT, .fd = 3, .result = 0}},
	    {.call = {.call = CALL_CONNECT,
		 .fd = 3,
		 .addr = peer,
		 .result = -1,
		 .error = EADDRNOTAVAIL,
		 .refuse = EADDRNOTAVAIL,
		 .source = local,
		 .options = 1u << OPTION_REUSEADDR | 1u << OPTION_REUSEPORT,
		 .set = 1u << OPTION_REUSEPORT},
		.local = local,
		.peer = peer},
	    {.call = {.call = CALL_CONNECT,
		 .fd = 3,
		 .addr = peer,
		 .fastopen = "sendto",
		 .result = 5},
		.local = local,
		.peer = peer},
	    {.call = {.call = CALL_LISTEN, .fd = 3, .args = {128}}, .local = local},
	    {.call = {.call = CALL_ACCEPT, .fd = 3, .result = 4}, .local = local, .peer = peer},
	    {.call = {.call = CALL_ACCEPT, .fd = 3, .result = -1, .error = EAGAIN}, .local = local},
	    {.call = {.call = CALL_CLOSE, .fd = 4}},
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		struct run_seen seen = calls[i];
		seen.call.pid = 12;
		snprintf(seen.call.program, sizeof seen.call.program, "%s",
		    i == 1   ? ""
		    : i == 2 ? "a\x1b"
			     : "server");
		run_view_call(&seen);
	}
}

static void each_call_is_written_as_strace_writes_it(void)
{
	CHECK_LINES(shown_as((struct common){0}, show_calls),
	    "server[12] socket(AF_INET, SOCK_STREAM, 6) = 3\n"
	    "process[12] socket(AF_INET6, SOCK_STREAM, 0) = -1 EMFILE\n"
	    "a\\x1b[12] setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 1) = 0\n"
	    "server[12] setsockopt(3, SOL_SOCKET, 9999, 1) = 0\n"
	    "server[12] setsockopt(3, 9999, 8888, ...) = 0\n"
	    "server[12] bind(3, 127.0.0.1:3001) = -1 EADDRINUSE\n"
	    "server[12] bind(3, ?) = -1 EINVAL\n"
	    "server[12] connect(3, AF_UNSPEC) = 0\n"
	    "server[12] connect(3, [::1]:80) = -1 EADDRNOTAVAIL (source 127.0.0.1:3001)\n"
	    "server[12] sendto(3, [::1]:80, MSG_FASTOPEN) = 5\n"
	    "server[12] listen(3, 128) = 0\n"
	    "server[12] accept(3, [::1]:80) = 4\n"
	    "server[12] accept(3) = -1 EAGAIN\n"
	    "server[12] close(4) = 0\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_calls),
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"socket\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"\",\"call\":\"socket\",\"fd\":null,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"EMFILE\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"a\\\\x1b\",\"call\":\"setsockopt\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"setsockopt\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"setsockopt\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"bind\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":null,\"options\":[],\"set\":[],\"result\":\"EADDRINUSE\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"bind\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"EINVAL\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"connect\",\"fd\":3,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"connect\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":\"[::1]:80\",\"options\":[\"SO_REUSEADDR\",\"SO_REUSEPORT\"],\"set\":[\"SO_REUSEPORT\"],\"result\":\"EADDRNOTAVAIL\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"connect\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":\"[::1]:80\",\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"listen\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"accept\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":\"[::1]:80\",\"options\":[],\"set\":[],\"result\":\"ok\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"accept\",\"fd\":3,\"local\":\"127.0.0.1:3001\",\"peer\":null,\"options\":[],\"set\":[],\"result\":\"EAGAIN\"}\n"
	    "{\"event\":\"call\",\"pid\":12,\"program\":\"server\",\"call\":\"close\",\"fd\":4,\"local\":null,\"peer\":null,\"options\":[],\"set\":[],\"result\":\"ok\"}\n");
}

static void show_notes(void)
{
	static unsigned once = RUN_ONCE_SETTING + 1;
	const struct traced call = {.pid = 12, .program = "server"}, nameless = {.pid = 13};

	run_view_note(NULL, "a remark");
	run_view_note(&call, "a remark of it");
	run_view_note(&nameless, "of one without a name");
	run_view_once(&nameless, RUN_ONCE_BLIND, "said once in all");
	run_view_once(&call, once, "once each");
	run_view_once(&call, once++, "once each");
}

static void a_remark_is_whose_it_is_and_some_are_made_once(void)
{
	CHECK_LINES(shown_as((struct common){0}, show_notes),
	    "reuse run: a remark\n"
	    "reuse run: server[12] a remark of it\n"
	    "reuse run: process[13] of one without a name\n"
	    "reuse run: late[13] said once in all\n"
	    "reuse run: server[12] once each\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_notes),
	    "{\"event\":\"note\",\"pid\":null,\"text\":\"a remark\"}\n"
	    "{\"event\":\"note\",\"pid\":12,\"text\":\"a remark of it\"}\n"
	    "{\"event\":\"note\",\"pid\":13,\"text\":\"of one without a name\"}\n"
	    "{\"event\":\"note\",\"pid\":12,\"text\":\"once each\"}\n");
}

static void each_bar_is_told_with_its_cause(void)
{
	static const struct {
		enum trace_bar bar;
		int error;
		const char *scope, *want;
	} rows[] = {
	    {TRACE_FREE, 0, "1", "the tracer has ended"},
	    {TRACE_SYSTEM, 0, "1",
		"this system cannot watch a program's sockets: this needs Linux 5.6 or later"},
	    {TRACE_FORK, EAGAIN, "1", "nothing is watched: no process for the tracer (EAGAIN)"},
	    {TRACE_FORK, 0, "1", "nothing is watched: no process for the tracer"},
	    {TRACE_TRACED, 0, "1", "nothing is watched: process 77 traces it already"},
	    {TRACE_PTRACE, EPERM, "1",
		"nothing is watched: ptrace is refused (EPERM); kernel.yama.ptrace_scope is 1"},
	    {TRACE_PTRACE, EPERM, "0", "nothing is watched: ptrace is refused (EPERM)"},
	    {TRACE_PTRACE, EPERM, NULL, "nothing is watched: ptrace is refused (EPERM)"},
	    {TRACE_GETFD, EPERM, "1", "nothing is watched: pidfd_getfd is refused (EPERM)"},
	    {TRACE_SECCOMP, EINVAL, "1", "nothing is watched: seccomp accepts no filter (EINVAL)"},
	};
	char text[RUN_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct trace trace = {
		    .bar = rows[i].bar, .error = rows[i].error, .barred_by = 77};
		scope = rows[i].scope;
		CHECK_TEXT(run_view_bar(&trace, text), rows[i].want);
	}
}

int main(void)
{
	TEST(lines_that_were_left_out_are_counted_in_words);
	TEST(each_call_is_written_as_strace_writes_it);
	TEST(a_remark_is_whose_it_is_and_some_are_made_once);
	TEST(each_bar_is_told_with_its_cause);
	return test_failures != 0;
}
