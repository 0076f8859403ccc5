#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"
#include "cli/say.h"
#include "words/script_name.h"
#include "words/script_words.h"
#include "words/settings.h"

static const char verbs_expected[] =
    "expected bind, set, clear, listen, connect, disconnect, accept, "
    "close, reset, shutdown or name";

/* What the words of one step are read from and into. */
struct reading {
	struct script *script;
	char *cursor; /* the words not read yet */
	struct step *step;
	struct script_line *line;
	char *why;
};

static int refuse(struct reading *r, const char *what, const char *word, const char *expected)
{
	char quoted[SAY_QUOTE];

	if (word)
		snprintf(
		    r->why, SCRIPT_WHY, "%s %s: %s", what, say_quote_into(quoted, word), expected);
	else
		snprintf(r->why, SCRIPT_WHY, "%s is missing: %s", what, expected);
	return -1;
}

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word, ended by a NUL, or NULL; it is added to the text. */
static const char *next(struct reading *r)
{
	char *word = r->cursor;

	while (blank(*word))
		word++;
	if (!*word)
		return NULL;
	r->cursor = word;
	while (*r->cursor && !blank(*r->cursor))
		r->cursor++;
	if (*r->cursor)
		*r->cursor++ = 0;
	/* The text has the room of what was typed, and is no longer. */
	char *end = r->line->text + strlen(r->line->text);
	if (end > r->line->text)
		*end++ = ' ';
	memcpy(end, word, strlen(word) + 1);
	return word;
}

static bool names_socket(const char *word)
{
	for (; *word; word++)
		if (!((*word >= '0' && *word <= '9') || (*word >= 'a' && *word <= 'z') ||
			(*word >= 'A' && *word <= 'Z')))
			return false;
	return true;
}

/* Reads a NAME; `*socket` becomes its number. */
static int read_name(struct reading *r, const char *what, int *socket)
{
	const char *word = next(r);

	if (!word || !names_socket(word))
		return refuse(r, what, word, "expected letters and digits");
	const struct script_name *name = script_name(r->script, word);
	if (!name)
		return refuse(r, what, word, "no memory");
	*socket = name->number;
	return 0;
}

/* ADDR:PORT */
static int read_addr(struct reading *r)
{
	static const char letters[] = "PQR", what[] = "address",
			  expected[] = "expected ADDR:PORT, such as 127.0.0.1:P, [::1]:3000 or :0";
	const char *word = next(r), *port;
	const int family = r->script->family == 6 ? AF_INET6 : AF_INET;
	const size_t len = word ? addr_split(word, &port) : 0;
	struct step *step = r->step;
	unsigned number = 0;
	char why[ADDR_WHY], reason[ADDR_WHY + 20];

	if (!word || !port)
		return refuse(r, what, word, expected);
	const char *letter = *port && !port[1] ? strchr(letters, *port) : NULL;
	if (letter) {
		step->port = TRIAL_P + (enum trial_port)(letter - letters);
		r->line->letter_at = strlen(r->line->text) - 1;
	} else if (addr_read_port(port, !r->script->numeric, &number, why) < 0) {
		snprintf(reason, sizeof reason, "%s, nor P, Q or R", why);
		return refuse(r, "port", port, reason);
	}
	step->addr = addr_any(family, 0);
	switch (len ? addr_read(word, len, &step->addr, why) : ADDR_NUMERIC) {
	case ADDR_MALFORMED:
		return refuse(r, what, word, why);
	case ADDR_NAMED:
		if (r->script->numeric)
			return refuse(r, what, word, "not a number (-n: no names)");
		r->line->host = strndup(word, len);
		if (!r->line->host)
			return refuse(r, what, word, "no memory");
		break;
	case ADDR_NUMERIC:
		if (r->script->family && step->addr.any.sa_family != family)
			return refuse(r, what, word,
			    family == AF_INET ? "not an IPv4 address (-4)"
					      : "not an IPv6 address (-6)");
		break;
	}
	addr_set_port(&step->addr, number);
	if (r->line->host) /* known only when it is looked up; the port is kept in v4 */
		step->addr = addr_any(AF_INET, number);
	return 0;
}

/* A number in decimal up to `most`, ended by `end`; NULL where it is none. Returns what follows. */
static const char *read_number(const char *word, char end, uint64_t most, uint64_t *number)
{
	const char *s = word;

	for (*number = 0; *s >= '0' && *s <= '9' && *number <= most; s++)
		*number = 10 * *number + (uint64_t)(*s - '0');
	return s == word || *number > most || *s != end ? NULL : s + (end != 0);
}

#define EXPECTED "expected " SETTINGS_WORDS

/* The value behind `key` in "key=value", or NULL. */
static const char *value_of(const char *word, const char *key)
{
	const size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1 : NULL;
}

/* Options to the end of the step: how many were read, or -1. */
static int read_options(struct reading *r, bool clear, bool with_uid)
{
	static const char for_clear[] = EXPECTED " or device",
			  for_set[] = EXPECTED ", device=IF or port-range=LO-HI",
			  for_bind[] = EXPECTED ", device=IF, port-range=LO-HI or uid=N";
	const char *expected = clear ? for_clear : with_uid ? for_bind : for_set;
	const char *word;
	int count = 0;
	char why[OPT_WHY];

	for (; (word = next(r)) != NULL; count++) {
		struct setting setting = {.option = OPTION_COUNT};
		const char *value = NULL;
		uint64_t low, high;
		if (settings_word(word, strlen(word), &setting) && clear)
			setting.value = !setting.value;
		if (clear && !strcmp(word, "device"))
			setting.option = OPTION_DEVICE; /* "": any */
		if (!clear && (value = value_of(word, "device")) != NULL &&
		    settings_device(value, &setting, why) < 0)
			return refuse(r, "option", word, why);
		if (!clear && (value = value_of(word, "port-range")) != NULL) {
			value = read_number(value, '-', 65535, &low);
			if (!value || !read_number(value, 0, 65535, &high))
				return refuse(r, "option", word,
				    "expected port-range=LO-HI, two numbers from 0 to 65535");
			setting = (struct setting){
			    .option = OPTION_PORT_RANGE, .value = (int64_t)(low | high << 16)};
		}
		if (with_uid && (value = value_of(word, "uid")) != NULL) {
			/* The highest number means "as it is" to seteuid(2). */
			if (!read_number(value, 0, UINT32_MAX - 1, &low))
				return refuse(r, "option", word,
				    "expected uid=N, a number from 0 to 4294967294");
			r->step->uid = (int64_t)low;
			continue;
		}
		if (setting.option == OPTION_COUNT)
			return refuse(r, "option", word, expected);
		if (r->step->setting_count == TRIAL_SETTINGS)
			return refuse(r, "option", word, "expected no more than 16 options");
		r->step->settings[r->step->setting_count++] = setting;
	}
	return count > 0 || with_uid ? count : refuse(r, "option", NULL, expected);
}

static int read_end(struct reading *r)
{
	const char *word = next(r);

	return word ? refuse(r, "word", word, "expected the end of the step") : 0;
}

static int read_bind(struct reading *r)
{
	return read_addr(r) < 0 || read_options(r, false, true) < 0 ? -1 : 0;
}

static int read_set(struct reading *r)
{
	return read_options(r, false, false) < 0 ? -1 : 0;
}

static int read_clear(struct reading *r)
{
	return read_options(r, true, false) < 0 ? -1 : 0;
}

static int read_listen(struct reading *r)
{
	const char *word = next(r);
	uint64_t backlog = INT_MAX;
	char why[OPT_WHY];

	if (word && opt_number(word, &backlog, why) < 0)
		return refuse(r, "backlog", word, why);
	r->step->backlog = (int)backlog;
	return read_end(r);
}

/* A step of its own, which opens it unless it is open. What was accepted stays that: whether it was is
 * not known, so it may be accepted again. */
static void open_name(struct script_name *name)
{
	if (name->socket == SCRIPT_NONE)
		name->socket = SCRIPT_OPENED;
}

static int read_accept(struct reading *r)
{
	struct script_name *const name = r->script->names[r->step->socket];

	if (name->socket == SCRIPT_OPENED)
		return refuse(r, "name", name->name,
		    "expected a new name for the accepted socket, this one is in use");
	if (read_name(r, "name of the listener", &r->step->listener) < 0)
		return -1;
	if (r->step->listener == r->step->socket)
		return refuse(r, "name", name->name, "expected a name other than the new socket's");
	name->socket = SCRIPT_ACCEPTED;
	open_name(r->script->names[r->step->listener]);
	return read_end(r);
}

static int read_shutdown(struct reading *r)
{
	static const struct {
		const char *word;
		int how;
	} ways[] = {{"rd", SHUT_RD}, {"wr", SHUT_WR}, {"rdwr", SHUT_RDWR}};
	const char *word = next(r);

	r->step->how = SHUT_WR;
	if (!word)
		return 0;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(word, ways[i].word)) {
			r->step->how = ways[i].how;
			return read_end(r);
		}
	return refuse(r, "word", word, "expected rd, wr or rdwr");
}

static const struct {
	const char *word;
	enum trial_verb verb;
	int (*read)(struct reading *);
} verbs[] = {
    {"bind", TRIAL_BIND, read_bind},
    {"set", TRIAL_SET, read_set},
    {"clear", TRIAL_SET, read_clear},
    {"listen", TRIAL_LISTEN, read_listen},
    {"connect", TRIAL_CONNECT, read_bind},
    {"disconnect", TRIAL_DISCONNECT, read_end},
    {"accept", TRIAL_ACCEPT, read_accept},
    {"close", TRIAL_CLOSE, read_end},
    {"reset", TRIAL_RESET, read_end},
    {"shutdown", TRIAL_SHUTDOWN, read_shutdown},
    {"name", TRIAL_NAME, read_end},
};

int script_words(struct script *script, char *words, struct step *step, struct script_line *line,
    char why[SCRIPT_WHY])
{
	struct reading reading = {
	    .script = script, .cursor = words, .step = step, .line = line, .why = why};
	struct reading *const r = &reading;

	if (read_name(r, "name", &r->step->socket) < 0)
		return -1;
	const char *word = next(r);
	for (size_t i = 0; word && i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		r->step->verb = verbs[i].verb;
		r->line->verb = verbs[i].word;
		if (verbs[i].read(r) < 0)
			return -1;
		struct script_name *const name = r->script->names[r->step->socket];
		if (r->step->verb == TRIAL_CLOSE || r->step->verb == TRIAL_RESET)
			name->socket = SCRIPT_NONE;
		else
			open_name(name);
		return 0;
	}
	return refuse(r, "verb", word, verbs_expected);
}
