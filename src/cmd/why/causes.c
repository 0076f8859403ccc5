#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/wrap.h"
#include "cmd/why/causes.h"
#include "diagnosis/causes.h"
#include "tcp/errname.h"
#include "words/errors.h"
#include "words/report.h"

static void cause_event(
    const struct cause *cause, int error, enum tcp_call call, enum fact holds, const char *said)
{
	char text[1024];

	snprintf(text, sizeof text, "%s; how to check: %s%s%s", cause->text, cause->tell,
	    *said ? "; " : "", said);
	json_open("cause");
	json_text("errno", errname(error));
	json_text("call", fault_call(call));
	json_text("text", text);
	json_bool("holds", holds == FACT_UNKNOWN ? -1 : holds == FACT_YES);
	json_text("cause", cause->text);
	json_text("tell", cause->tell);
	json_text("tried", *said ? said : NULL);
	json_end();
}

/* A cause: whether it holds on this machine, where that was asked, and how to tell. */
static void show_cause(const struct cause *cause, int error, enum tcp_call call, bool bind)
{
	static const char *const marks[] = {[FACT_NO] = "does not hold here: ",
	    [FACT_YES] = "holds here: ",
	    [FACT_UNKNOWN] = "possible: "};
	char said[CAUSE_SAID], text[1024];
	const struct subject any = {.call = call, .bind = bind};
	const enum fact holds = cause_holds(cause, &any, said);

	if (out_json()) {
		cause_event(cause, error, call, holds, said);
		return;
	}
	snprintf(text, sizeof text, "%s%s", marks[holds], cause->text);
	out_start("- ");
	wrap_text(text, strlen(text), 2);
	snprintf(text, sizeof text, "how to check: %s", cause->tell);
	out_start("  ");
	wrap_text(text, strlen(text), 2);
	if (*said) {
		out_start("  ");
		wrap_text(said, strlen(said), 2);
	}
}

/* All of one call. Returns whether there is anything to tell. */
static bool show_call(int error, enum tcp_call call, bool first, bool bind)
{
	const struct cause *cause = errors_cause(NULL, call, error);
	const char *meaning = errors_meaning(call, error);
	char text[512];

	if (!cause)
		return false;
	if (!out_json()) {
		if (!first && !out_quiet())
			out_line("%s", "");
		/* Some name this very command at their end. */
		const char *end = meaning ? strstr(meaning, ": 'reuse why ") : NULL;
		snprintf(text, sizeof text, "%s from %s: %s%s%.*s", errname(error),
		    fault_call(call), strerror(error), meaning ? "; " : "",
		    end ? (int)(end - meaning) : INT_MAX, meaning ? meaning : "");
		wrap_text(text, strlen(text), 0);
	}
	for (; cause && (out_json() || !out_quiet()); cause = errors_cause(cause, call, error))
		show_cause(cause, error, call, bind);
	return true;
}

int causes_show(int error, enum tcp_call only, bool bind)
{
	bool shown = false;

	for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++)
		if (only == CALL_NONE || only == *call)
			shown |= show_call(error, *call, !shown, bind);
	if (shown)
		return STATUS_OK;
	report_words(only == CALL_NONE ? NULL : fault_call(only), error, NULL, NULL,
	    "%s (%s): no cause known from %s", errname(error), strerror(error),
	    only == CALL_NONE ? "a socket call" : fault_call(only));
	if (only != CALL_NONE && errors_cause(NULL, CALL_NONE, error))
		say("try 'reuse why %s'", errname(error));
	return STATUS_FAIL;
}
