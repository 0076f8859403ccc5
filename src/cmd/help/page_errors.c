#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/text.h"
#include "cmd/help/pages.h"
#include "tcp/errname.h"
#include "words/errors.h"

enum { TERM = 512 };

/* Whether a cause before this one has the same errno: its heading is printed already. */
static bool is_repeated(const struct cause *cause)
{
	return errors_cause(NULL, CALL_NONE, cause->error) != cause;
}

static const struct cause *next_cause(const struct cause *after)
{
	return errors_cause(after, CALL_NONE, 0);
}

/* "bind, connect: no interface ..." */
static const char *cause_term(const struct cause *cause, char term[TERM])
{
	*term = '\0';
	for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++)
		if (cause->calls & 1U << *call)
			text_add(term, TERM, "%s%s", *term ? ", " : "", fault_call(*call));
	text_add(term, TERM, ": %s", cause->text);
	return term;
}

void page_errors(enum page_form form)
{
	char title[TERM], term[TERM], check[TERM];

	for (const struct cause *first = next_cause(NULL); first; first = next_cause(first)) {
		if (is_repeated(first))
			continue;
		snprintf(
		    title, sizeof title, "%s (%s)", errname(first->error), strerror(first->error));
		page_section(form, title);
		for (const struct cause *cause = first; cause;
		     cause = errors_cause(cause, CALL_NONE, first->error)) {
			snprintf(check, sizeof check, "how to check: %s", cause->tell);
			page_item(form, cause_term(cause, term), check);
		}
	}
}

void page_errors_json(void)
{
	for (const struct cause *cause = next_cause(NULL); cause; cause = next_cause(cause)) {
		json_open("help");
		json_text("topic", "errors");
		json_text("errno", errname(cause->error));
		json_list("calls");
		for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++)
			if (cause->calls & 1U << *call)
				json_text(NULL, fault_call(*call));
		json_close();
		json_text("text", cause->text);
		json_text("check", cause->tell);
		json_end();
	}
}
