#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/rules/cell.h"

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
