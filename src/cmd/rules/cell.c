#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/rules/cell.h"
#include "tcp/errname.h"

void cell_step(struct cell_steps *steps, const char *format, ...)
{
	va_list args;

	if (steps->count == CELL_STEPS)
		return;
	va_start(args, format);
	vsnprintf(steps->text[steps->count++], CELL_STEP, format, args);
	va_end(args);
}

void cell_step_all(struct cell_steps *steps, const char *const list[], const char *words)
{
	for (size_t i = 0; list[i]; i++) {
		const size_t len = strcspn(list[i], "*");
		cell_step(steps, "%.*s%s", (int)len, list[i], list[i][len] ? words : "");
	}
}

bool cell_in_use(const struct fault *fault)
{
	return fault->error == EADDRINUSE;
}

bool cell_bind_in_use(const struct fault *fault)
{
	return fault->at == CALL_BIND && fault->error == EADDRINUSE;
}

bool cell_answer_known(const struct cell_answer *answer)
{
	return answer->word < CELL_NEEDS_SETUID;
}

bool cell_answer_same(const struct cell_answer *one, const struct cell_answer *other)
{
	if (one->word != other->word)
		return false;
	if (one->word == CELL_REFUSED || one->word == CELL_HINDERED)
		return one->fault.at == other->fault.at && one->fault.error == other->fault.error;
	if (one->word == CELL_COUNT)
		return one->least == other->least && one->most == other->most;
	return true;
}

const char *cell_answer_text(const struct cell_answer *answer, char text[CELL_TEXT])
{
	static const char *const words[] = {
	    [CELL_OK] = "ok",
	    [CELL_NO] = "no",
	    [CELL_UID] = "uid",
	    [CELL_OVERLAP] = "overlap",
	    [CELL_APART] = "apart",
	    [CELL_UNDOCUMENTED] = "-",
	    [CELL_NEEDS_SETUID] = "not measured (needs CAP_SETUID)",
	    [CELL_NEEDS_PORTS] = "not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)",
	    [CELL_NEEDS_TIME] = "not measured (out of time)",
	};
	const struct fault *fault = &answer->fault;

	if (answer->word == CELL_REFUSED)
		snprintf(text, CELL_TEXT, "%s:%s", fault_call(fault->at), errname(fault->error));
	else if (answer->word == CELL_HINDERED)
		snprintf(text, CELL_TEXT, "not measured (%s %s)", fault_call(fault->at),
		    errname(fault->error));
	else if (answer->word != CELL_COUNT)
		snprintf(text, CELL_TEXT, "%s", words[answer->word]);
	else if (answer->least < answer->most)
		snprintf(text, CELL_TEXT, "%d to %d", answer->least, answer->most);
	else
		snprintf(text, CELL_TEXT, "%d", answer->least);
	return text;
}
