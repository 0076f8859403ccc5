#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cmd/try/view.h"
#include "tcp/errname.h"

enum { RESULT_ROOM = 24 }; /* two blanks and "setsockopt:ENOPROTOOPT" */

static void try_json(
    const struct try_view *view, size_t i, const char *text, const struct trial_result *result)
{
	const struct script *script = view->script;
	const struct step *step = &script->steps[i];
	char addr[ADDR_TEXT], word[TRIAL_TEXT];

	json_open("step");
	json_number("trial", view->number);
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

/* The text of step i, letters filled in, malloced; NULL with errno. */
static char *step_text(const struct try_view *view, size_t i)
{
	const size_t size = script_text_size(view->script, i);
	char *const text = malloc(size);

	return text ? script_text(view->script, i, view->ports, text, size) : NULL;
}

int try_view_begin(
    struct try_view *view, const struct script *script, const struct trial *trial, unsigned number)
{
	const size_t most = (size_t)out_width() - RESULT_ROOM;
	size_t column = 0;

	*view = (struct try_view){.script = script,
	    .number = number,
	    .ports = {[TRIAL_P] = trial_port(trial, TRIAL_P),
		[TRIAL_Q] = trial_port(trial, TRIAL_Q),
		[TRIAL_R] = trial_port(trial, TRIAL_R)}};
	if (!out_json() && number > 1)
		out_line("%s", "");
	if (out_json() || !out_terminal())
		return 0;
	for (size_t i = 0; i < script->count; i++) {
		char *const text = step_text(view, i);
		if (!text)
			return -1;
		/* One that leaves no room for its result in the row would push all others out of theirs. */
		const size_t len = strlen(text);
		if (len > column && len <= most)
			column = len;
		free(text);
	}
	view->column = (int)column;
	return 0;
}

int try_view_step(const struct try_view *view, size_t i, const struct trial_result *result)
{
	const struct step *step = &view->script->steps[i];
	const bool ok = result->fault.at == CALL_NONE;
	const bool named = step->verb == TRIAL_NAME && ok;
	char *const text = step_text(view, i);
	char word[TRIAL_TEXT], addr[ADDR_TEXT];

	if (!text)
		return -1;
	if (out_json())
		try_json(view, i, text, result);
	else
		out_line("%-*s  %s%s%s%s%s", view->column, text,
		    out_paint(ok ? OUT_GREEN : OUT_RED), trial_text(step, result, word),
		    out_paint(OUT_PLAIN), named ? " " : "",
		    named ? addr_print(&result->local, addr) : "");
	free(text);
	return 0;
}
