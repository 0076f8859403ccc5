#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cmd/run/view.h"
#include "os/tunable.h"
#include "tcp/errname.h"
#include "tcp/option.h"

enum { PROGRAM_TEXT = 4 * HOLDER_PROGRAM };

/* As they are named in JSON, in the order of enum option. */
static void list_options(const char *key, unsigned options)
{
	json_list(key);
	for (enum option option = 0; option < OPTION_COUNT; option++)
		if (options & 1u << option)
			json_text(NULL, option_name(option));
	json_close();
}

static const char *program_name(const struct traced *call, char text[PROGRAM_TEXT])
{
	text_escape(text, PROGRAM_TEXT, call->program, strlen(call->program));
	return *text ? text : "process";
}

static const char *view_address(const union addr *addr, char text[ADDR_TEXT])
{
	return addr->any.sa_family == AF_UNSPEC ? NULL : addr_print(addr, text);
}

/* What stands between the parentheses behind the descriptor. */
static void add_arguments(const struct run_seen *seen, char *text, size_t size)
{
	const struct traced *call = &seen->call;
	const char *level, *name;
	char one[ADDR_TEXT];

	switch (call->call) {
	case CALL_SOCKET:
		text_add(text, size, "%s, SOCK_STREAM, %ld",
		    call->args[0] == AF_INET6 ? "AF_INET6" : "AF_INET", call->args[2]);
		break;
	case CALL_OPTION:
		option_find((int)call->args[0], (int)call->args[1], &level, &name);
		if (level)
			text_add(text, size, ", %s", level);
		else
			text_add(text, size, ", %ld", call->args[0]);
		if (name)
			text_add(text, size, ", %s", name);
		else
			text_add(text, size, ", %ld", call->args[1]);
		if (call->malformed)
			text_add(text, size, ", ...");
		else
			text_add(text, size, ", %ld", call->args[2]);
		break;
	case CALL_BIND:
	case CALL_CONNECT:
		text_add(text, size, ", %s",
		    call->malformed                         ? "?"
		    : call->addr.any.sa_family == AF_UNSPEC ? "AF_UNSPEC"
							    : addr_print(&call->addr, one));
		if (call->fastopen)
			text_add(text, size, ", MSG_FASTOPEN");
		break;
	case CALL_LISTEN:
		text_add(text, size, ", %ld", call->args[0]);
		break;
	case CALL_ACCEPT:
		if (view_address(&seen->peer, one))
			text_add(text, size, ", %s", one);
		break;
	default:
		break;
	}
}

static void show_line(const struct run_seen *seen)
{
	const struct traced *call = &seen->call;
	char program[PROGRAM_TEXT], text[256] = "", source[ADDR_TEXT];

	if (call->call != CALL_SOCKET)
		text_add(text, sizeof text, "%d", call->fd);
	add_arguments(seen, text, sizeof text);
	text_add(text, sizeof text, ") = %ld", call->result);
	if (call->error)
		text_add(text, sizeof text, " %s", errname(call->error));
	if (call->refuse)
		text_add(text, sizeof text, " (source %s)", addr_print(&call->source, source));
	out_line("%s[%ld] %s(%s", program_name(call, program), call->pid,
	    call->fastopen ? call->fastopen : fault_call(call->call), text);
}

void run_view_call(const struct run_seen *seen)
{
	const struct traced *call = &seen->call;
	char text[ADDR_TEXT];

	if (!out_json()) {
		show_line(seen);
		return;
	}
	json_open("call");
	json_number("pid", call->pid);
	json_text("program", call->program);
	json_text("call", fault_call(call->call));
	if (call->call == CALL_SOCKET && call->result < 0)
		json_null("fd");
	else
		json_number("fd", call->call == CALL_SOCKET ? call->result : call->fd);
	json_text("local", view_address(&seen->local, text));
	json_text("peer", view_address(&seen->peer, text));
	list_options("options", call->options);
	list_options("set", call->set);
	json_text("result", call->error ? errname(call->error) : "ok");
	json_end();
}

void run_view_note(const struct traced *call, const char *text)
{
	char program[PROGRAM_TEXT];

	if (out_json()) {
		json_open("note");
		json_known("pid", call ? call->pid : -1);
		json_text("text", text);
		json_end();
	} else if (call)
		out_line("reuse run: %s[%ld] %s", program_name(call, program), call->pid, text);
	else
		out_line("reuse run: %s", text);
}

void run_view_once(const struct traced *call, unsigned once, const char *text)
{
	static unsigned said; /* 1u << enum run_once */
	struct traced named = *call;

	if (said & 1u << once)
		return;
	said |= 1u << once;
	if (!*named.program)
		trace_name(&named);
	run_view_note(&named, text);
}

void run_view_left_out(uint64_t lines)
{
	if (out_json()) {
		json_open("left_out");
		json_number("lines", (int64_t)lines);
		json_end();
		return;
	}
	out_line("(%llu %s left out)", (unsigned long long)lines, lines > 1 ? "lines" : "line");
}

const char *run_view_bar(const struct trace *trace, char text[RUN_TEXT])
{
	char scope[TUNABLE_TEXT], cause[64] = "";

	if (trace->error)
		snprintf(cause, sizeof cause, " (%s)", errname(trace->error));
	switch (trace->bar) {
	case TRACE_FREE:
		snprintf(text, RUN_TEXT, "the tracer has ended");
		break;
	case TRACE_SYSTEM:
		snprintf(text, RUN_TEXT,
		    "this system cannot watch a program's sockets: this needs Linux 5.6 or later");
		break;
	case TRACE_FORK:
		snprintf(text, RUN_TEXT, "nothing is watched: no process for the tracer%s", cause);
		break;
	case TRACE_TRACED:
		snprintf(text, RUN_TEXT, "nothing is watched: process %ld traces it already",
		    trace->barred_by);
		break;
	case TRACE_PTRACE:
		snprintf(text, RUN_TEXT, "nothing is watched: ptrace is refused%s", cause);
		if (tunable_read("kernel.yama.ptrace_scope", scope) == 0 && strcmp(scope, "0") != 0)
			text_add(text, RUN_TEXT, "; kernel.yama.ptrace_scope is %s", scope);
		break;
	case TRACE_GETFD:
		snprintf(text, RUN_TEXT, "nothing is watched: pidfd_getfd is refused%s", cause);
		break;
	case TRACE_SECCOMP:
		snprintf(text, RUN_TEXT, "nothing is watched: seccomp accepts no filter%s", cause);
		break;
	}
	return text;
}
