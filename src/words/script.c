#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/text.h"
#include "tcp/resolve.h"
#include "words/endpoint.h"
#include "words/script.h"
#include "words/script_name.h"
#include "words/script_words.h"

/* Room for one step more. Returns false without memory. */
static bool make_room(struct script *script)
{
	const size_t room = script->room ? 2 * script->room : 16;

	if (script->count < script->room)
		return true;
	struct step *steps = realloc(script->steps, room * sizeof *steps);
	if (steps)
		script->steps = steps;
	struct script_line *lines = realloc(script->lines, room * sizeof *lines);
	if (lines)
		script->lines = lines;
	if (!steps || !lines)
		return false;
	script->room = room;
	return true;
}

int script_add(struct script *script, const char *words, size_t len, char why[SCRIPT_WHY])
{
	struct script_line line = {0};
	char *const copy = malloc(len + 1);
	int result = -1;

	line.text = calloc(1, len + 1);
	if (!copy || !line.text || !make_room(script)) {
		snprintf(why, SCRIPT_WHY, "no memory for so many steps");
	} else if (memchr(words, 0, len)) {
		snprintf(why, SCRIPT_WHY, "a NUL byte: expected text");
	} else {
		struct step *step = &script->steps[script->count];
		memcpy(copy, words, len);
		copy[len] = 0;
		*step = (struct step){.uid = TRIAL_SAME_USER};
		result = script_words(script, copy, step, &line, why);
	}
	free(copy);
	if (result == 0) {
		script->lines[script->count++] = line;
	} else {
		free(line.text);
		free(line.host);
	}
	return result;
}

/* The family of the first address that is a number, among the steps that the socket of step `at` has from its
 * opening to its end; AF_UNSPEC. */
static int family_of(const struct script *script, size_t at)
{
	int family = AF_UNSPEC;

	for (size_t i = 0; i < script->count; i++) {
		const struct step *step = &script->steps[i];
		if (step->socket != script->steps[at].socket)
			continue;
		const bool ends = step->verb == TRIAL_CLOSE || step->verb == TRIAL_RESET;
		if (ends && i > at)
			break;
		if (ends)
			family = AF_UNSPEC;
		else if (family == AF_UNSPEC && !script->lines[i].host)
			family = step->addr.any.sa_family;
	}
	if (family != AF_UNSPEC)
		return family;
	return script->family == 6 ? AF_INET6 : script->family == 4 ? AF_INET : AF_UNSPEC;
}

int script_find(struct script *script, size_t *number, char why[SCRIPT_WHY])
{
	union addr answers[NAME_ANSWERS];
	char quoted[SAY_QUOTE];
	const char *reason;

	for (size_t i = 0; i < script->count; i++) {
		struct script_line *line = &script->lines[i];
		struct step *step = &script->steps[i];
		if (!line->host)
			continue;
		if (endpoint_look_up(line->host, family_of(script, i), addr_port(&step->addr),
			answers, &reason) < 0) {
			snprintf(why, SCRIPT_WHY, "address %s: %s",
			    say_quote_into(quoted, line->host), reason);
			*number = line->number;
			return -1;
		}
		step->addr = answers[0];
		free(line->host);
		line->host = NULL;
	}
	return 0;
}

struct trial_plan script_plan(const struct script *script, int stop)
{
	return (struct trial_plan){.steps = script->steps,
	    .count = script->count,
	    .family = script->family == 6 ? AF_INET6 : AF_INET,
	    .stop = stop};
}

size_t script_text_size(const struct script *script, size_t i)
{
	/* \xNN for each byte, and a port for a letter. */
	return 4 * strlen(script->lines[i].text) + sizeof "65535";
}

char *script_text(
    const struct script *script, size_t i, const unsigned ports[], char *into, size_t size)
{
	const struct script_line *line = &script->lines[i];
	const size_t len = strlen(line->text);
	const size_t before = line->letter_at && ports ? line->letter_at : len;

	text_escape(into, size, line->text, before);
	size_t n = strlen(into);
	if (before == len)
		return into;
	n += (size_t)snprintf(into + n, size - n, "%u", ports[script->steps[i].port]);
	if (n < size)
		text_escape(into + n, size - n, line->text + before + 1, len - before - 1);
	return into;
}

void script_clear(struct script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		free(script->lines[i].text);
		free(script->lines[i].host);
	}
	free(script->steps);
	free(script->lines);
	step_forget_names(script);
	*script = (struct script){.numeric = script->numeric, .family = script->family};
}
