#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"
#include "cli/say.h"
#include "cli/spelling.h"

/* Both tables of a command. */
struct tables {
	const struct opt *parts[2]; /* the second may be NULL */
};

/* The first row that `is` what `wanted` says, or NULL. */
static const struct opt *find(const struct tables *tables,
    bool (*is)(const struct opt *row, const char *wanted), const char *wanted)
{
	for (int i = 0; i < 2; i++)
		for (const struct opt *row = tables->parts[i]; row && row->name; row++)
			if (is(row, wanted))
				return row;
	return NULL;
}

static bool has_letter(const struct opt *row, const char *wanted)
{
	return row->letter == *wanted;
}

static bool has_name(const struct opt *row, const char *wanted)
{
	return !strcmp(row->name, wanted);
}

/* Puts `word` into the struct; `typed` is the option as the person wrote it. */
static int take_option(
    const struct opt *row, const char *typed, const char *word, void *into, char why[OPT_WHY])
{
	char *const field = (char *)into + row->at;
	char reason[OPT_WHY], quoted[SAY_QUOTE];

	if (!row->arg && !row->parse) {
		*(int *)(void *)field = row->value;
		return 0;
	}
	if (!row->arg)
		return row->parse(typed, field, why);
	if (row->parse(word, field, reason) == 0)
		return 0;
	snprintf(why, OPT_WHY, "%s %s: %.120s", typed, say_quote_into(quoted, word), reason);
	return -1;
}

/* "--name", "--name=value" or "--name value" at argv[*at]; advances *at past a value. */
static int read_long(
    const struct tables *tables, void *into, int argc, char **argv, int *at, char why[OPT_WHY])
{
	const char *word = argv[*at] + 2;
	const size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	char quoted[SAY_QUOTE], typed[40], name[40]; /* longer than any name that there is */

	snprintf(name, sizeof name, "%.*s", len < sizeof name ? (int)len : 0, word);
	const struct opt *row = find(tables, has_name, name);
	if (!row) {
		struct spelling meant = {.word = name, .before = "--"};
		for (int i = 0; i < 2; i++)
			for (row = tables->parts[i]; row && row->name; row++)
				if (spelling_distance(row->name, name) <= 2)
					spelling_add(&meant, row->name);
		snprintf(why, OPT_WHY, "unknown option %s%s", say_quote_into(quoted, argv[*at]),
		    spelling_text(&meant));
		return -1;
	}
	snprintf(typed, sizeof typed, "--%s", row->name);
	if (!row->arg && value) {
		snprintf(why, OPT_WHY, "%s takes no value, not %s", typed,
		    say_quote_into(quoted, value));
		return -1;
	}
	if (row->arg && !value) {
		if (*at + 1 >= argc) {
			snprintf(why, OPT_WHY, "%s: its %s is missing", typed, row->arg);
			return -1;
		}
		value = argv[++*at];
	}
	return take_option(row, typed, value, into, why);
}

/* "-qDc3" or "-c 3" at argv[*at]; advances *at past a value. */
static int read_letters(
    const struct tables *tables, void *into, int argc, char **argv, int *at, char why[OPT_WHY])
{
	char typed[3] = "-", quoted[SAY_QUOTE];

	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct opt *row = find(tables, has_letter, letter);
		typed[1] = *letter;
		if (!row) {
			/* A letter of its own, or all of what is no letter: "-\xff". */
			const bool bundled =
			    letter > argv[*at] + 1 && (unsigned char)*letter < 0x80;
			snprintf(why, OPT_WHY, "unknown option %s",
			    say_quote_into(quoted, bundled ? typed : argv[*at]));
			return -1;
		}
		if (!row->arg) {
			take_option(row, typed, NULL, into, why);
			continue;
		}
		if (letter[1])
			return take_option(row, typed, letter + 1, into, why);
		if (*at + 1 >= argc) {
			snprintf(why, OPT_WHY, "%s: its %s is missing", typed, row->arg);
			return -1;
		}
		return take_option(row, typed, argv[++*at], into, why);
	}
	return 0;
}

int opt_read(const struct opt *table, const struct opt *more, enum opt_order order, void *into,
    int argc, char **argv, char why[OPT_WHY])
{
	const struct tables tables = {{table, more}};
	int operands = 0; /* argv[at - operands .. at) are the operands seen so far */
	int at = 1;

	while (at < argc) {
		const int from = at;
		const bool end = !strcmp(argv[at], "--");
		if (!end && argv[at][0] == '-' && argv[at][1]) {
			if ((argv[at][1] == '-' ? read_long : read_letters)(
				&tables, into, argc, argv, &at, why) < 0)
				return -1;
		} else if (!end && order == OPT_FIRST) {
			break;
		} else if (!end) {
			operands++;
			at++;
			continue;
		}
		at++;
		/* Move the option's words before the operands seen so far. */
		for (int word = from; word < at; word++) {
			char *const moved = argv[word];
			memmove(&argv[word - operands + 1], &argv[word - operands],
			    (size_t)operands * sizeof *argv);
			argv[word - operands] = moved;
		}
		if (end)
			break;
	}
	return at - operands;
}

/* Reads decimal digits and returns the rest of the word, or NULL where there is no digit or the
 * number is over `most`. */
static const char *digits(const char *word, uint64_t most, uint64_t *number)
{
	const char *s = word;
	uint64_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		const uint64_t digit = (uint64_t)(*s - '0');
		if (n > (most - digit) / 10)
			return NULL;
		n = 10 * n + digit;
	}
	if (s == word)
		return NULL;
	*number = n;
	return s;
}

enum { COUNT_MOST = INT32_MAX }; /* two thousand million of anything is enough */

int opt_number(const char *word, void *into, char why[OPT_WHY])
{
	uint64_t n, unit = 1;
	const char *rest = digits(word, COUNT_MOST, &n);

	if (rest && *rest == 'k')
		unit = 1000;
	else if (rest && *rest == 'M')
		unit = 1000000;
	if (!rest || rest[unit > 1] || n > COUNT_MOST / unit) {
		snprintf(why, OPT_WHY, "not a count up to %d, such as 20, 5k or 1M", COUNT_MOST);
		return -1;
	}
	*(uint64_t *)into = n * unit;
	return 0;
}

int opt_count(const char *word, void *into, char why[OPT_WHY])
{
	uint64_t n;

	if (opt_number(word, &n, why) < 0)
		return -1;
	if (n == 0) {
		snprintf(why, OPT_WHY, "must be at least 1");
		return -1;
	}
	*(uint64_t *)into = n;
	return 0;
}

int opt_duration_or_none(const char *word, void *into, char why[OPT_WHY])
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
	    {"", 1000000}, {"s", 1000000}, {"ms", 1000}, {"m", 60000000}, {"h", 3600000000}};
	const int64_t most = INT64_C(1000000) * 3600 * 1000000; /* a million hours */
	const char *s = word;
	int64_t whole = 0, fraction = 0, scale = 1;
	bool any = false;

	for (; *s >= '0' && *s <= '9' && whole <= most; s++, any = true)
		whole = 10 * whole + (*s - '0');
	if (*s == '.' && s[1] >= '0' && s[1] <= '9')
		for (s++; *s >= '0' && *s <= '9'; s++, any = true)
			if (scale < 100000000) {
				fraction = 10 * fraction + (*s - '0');
				scale *= 10;
			}
	for (size_t i = 0; any && i < sizeof units / sizeof *units; i++)
		if (!strcmp(s, units[i].name) && whole <= most / units[i].us) {
			*(int64_t *)into = whole * units[i].us + fraction * units[i].us / scale;
			return 0;
		}
	snprintf(why, OPT_WHY, "not a duration, such as 5, 0.2, 200ms, 2m or 1h");
	return -1;
}

int opt_duration(const char *word, void *into, char why[OPT_WHY])
{
	int64_t us;

	if (opt_duration_or_none(word, &us, why) < 0)
		return -1;
	if (us == 0) {
		snprintf(why, OPT_WHY, "must be at least a microsecond");
		return -1;
	}
	*(int64_t *)into = us;
	return 0;
}

int opt_choice(const char *choices, const char *word, char why[OPT_WHY])
{
	const size_t len = strlen(word);
	const char *choice = choices;
	size_t n = 0;

	for (int i = 0; *choice; i++) {
		const size_t size = strcspn(choice, "|");
		if (size == len && !memcmp(choice, word, len))
			return i;
		choice += size + (choice[size] == '|');
	}
	snprintf(why, OPT_WHY, "not one of ");
	for (choice = choices, n = strlen(why); *choice && n + 3 < OPT_WHY; choice++) {
		why[n++] = *choice == '|' ? ',' : *choice;
		if (*choice == '|')
			why[n++] = ' ';
	}
	why[n] = '\0';
	return -1;
}

int opt_word(const char *word, void *into, char why[OPT_WHY])
{
	if (!*word) {
		snprintf(why, OPT_WHY, "empty");
		return -1;
	}
	*(const char **)into = word;
	return 0;
}
