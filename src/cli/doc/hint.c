#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/doc/hint.h"

/* What the words of help stand for; a word that is not here can be anything. */
static const struct {
	const char *place, *hint;
} place_hints[] = {
    {"ADDR", "@ADDR"},
    {"SERVER", "@ADDR"},
    {"ADDR:PORT", "@ADDR:PORT"},
    {"SERVER:PORT", "@ADDR:PORT"},
    {"IF", "@IF"},
    {"FILE", "@FILE"},
};

static void add_hint(struct hint *hint, const char *text, size_t len)
{
	const size_t n = strlen(hint->text);

	snprintf(hint->text + n, sizeof hint->text - n, "%s%.*s", n ? " " : "", (int)len, text);
}

/* One place, or one word that is to be typed as it stands. */
static void add_choice(struct hint *hint, const char *text, size_t len)
{
	if (!isupper((unsigned char)*text)) {
		add_hint(hint, text, len);
		return;
	}
	const char *const slash =
	    memchr(text, '/', len); /* "PORT/udp": a port, and what may follow */
	if (slash)
		len = (size_t)(slash - text);
	for (size_t i = 0; i < sizeof place_hints / sizeof *place_hints; i++)
		if (strlen(place_hints[i].place) == len && !memcmp(place_hints[i].place, text, len))
			add_hint(hint, place_hints[i].hint, strlen(place_hints[i].hint));
}

/* "PORT|-", "[ADDR:]PORT" or "[NAME|NUMBER...|all]". */
static void add_choices(struct hint *hint, const char *text, size_t len)
{
	char choice[40];
	size_t n = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '|') {
			if (!strchr("[].", text[i]) && n < sizeof choice - 1)
				choice[n++] = text[i];
			continue;
		}
		if (n > 0)
			add_choice(hint, choice, n);
		n = 0;
	}
}

void hint_value(const struct opt *row, struct hint *hint)
{
	static const char settings[] = "reuseaddr reuseport v6only no-v6only freebind no-port";

	*hint = (struct hint){0};
	if (!strcmp(row->name, "user"))
		add_hint(hint, "@USER", 5);
	else if (!strcmp(row->name, "set"))
		add_hint(hint, settings, sizeof settings - 1);
	else
		add_choices(hint, row->arg, strlen(row->arg));
}

/* Operand number `at` of operands[0..len), which holds no " | "; or NULL. Its length in `*n`. */
static const char *find_hint(const char *operands, size_t len, size_t at, size_t *n)
{
	const char *const end = operands + len;

	while (operands < end) {
		*n = strcspn(operands, " ");
		if (operands + *n > end)
			*n = (size_t)(end - operands);
		if (*n == 4 &&
		    !memcmp(operands, "[--]", 4)) { /* ends the options, and is no operand */
			operands += *n + 1;
			continue;
		}
		if (at == 0 || memchr(operands, '.', *n)) /* "STEP..." is all that follow, too */
			return operands;
		at--;
		operands += *n + 1;
	}
	return NULL;
}

const char *hint_operand(const struct command *command, size_t at, struct hint *hint)
{
	static char name[40];
	const char *rest = command->operands;

	*hint = (struct hint){0};
	*name = '\0';
	while (*rest) {
		const char *bar = strstr(rest, " | ");
		const size_t len = bar ? (size_t)(bar - rest) : strlen(rest);
		size_t n;
		const char *operand = find_hint(rest, len, at, &n);
		if (operand) {
			add_choices(hint, operand, n);
			size_t used = strlen(name);
			if (used > 0 && used < sizeof name - 1)
				name[used++] = '|';
			for (size_t i = 0; i < n && used < sizeof name - 1; i++)
				if (!strchr("[].", operand[i]))
					name[used++] = operand[i];
			name[used] = '\0';
		}
		rest += len + (bar ? 3 : 0);
	}
	for (size_t i = 0; *name && command->word && command->word(at, i); i++)
		add_hint(hint, command->word(at, i), strlen(command->word(at, i)));
	return *name ? name : NULL;
}

/* Whether text[0..len) is one of the words in capitals of `words`. */
static bool hint_names(const char *words, const char *text, size_t len)
{
	while (*words) {
		const size_t n = strspn(words, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
		if (n == len && !memcmp(words, text, len))
			return true;
		words += n + (words[n] != '\0');
	}
	return false;
}

bool hint_is_place(const struct command *command, const char *text, size_t len)
{
	if (len == 0 || !isupper((unsigned char)*text))
		return false;
	if (hint_names(command->operands, text, len))
		return true;
	for (const struct opt *row = command->opts; row->name; row++)
		if (row->arg && hint_names(row->arg, text, len))
			return true;
	return false;
}
