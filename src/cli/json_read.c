#include <stdbool.h>
#include <string.h>

#include "cli/json_read.h"

enum { READ_DEPTH = 32, KEY = 64 };

struct reader {
	const char *at, *end;
	int depth;
};

static void skip_blanks(struct reader *r)
{
	while (
	    r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' || *r->at == '\n'))
		r->at++;
}

/* Whether the next character, blanks aside, is `c`; takes it. */
static bool json_take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static int hex4(struct reader *r)
{
	int value = 0;

	for (int i = 0; i < 4; i++, r->at++) {
		static const char digits[] = "0123456789abcdef";
		const char c = r->at < r->end ? *r->at : 0;
		const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
		if (!digit)
			return -1;
		value = 16 * value + (int)(digit - digits);
	}
	return value;
}

/* What stands behind a backslash; '?' for a character beyond ASCII, which no word of ours has. */
static int escaped(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char c = r->at < r->end ? *r->at++ : 0;
	const char *found = c ? strchr(from, c) : NULL;

	if (found)
		return to[found - from];
	if (c != 'u')
		return -1;
	const int value = hex4(r);
	return value > 0 && value < 0x80 ? value : value < 0 ? -1 : '?';
}

/* A string; `into` may be NULL, and ends with a NUL also where the string is malformed. */
static int read_string(struct reader *r, char *into, size_t size)
{
	size_t n = 0;

	if (into)
		into[0] = 0;
	if (!json_take(r, '"'))
		return -1;
	while (r->at < r->end && *r->at != '"') {
		int c = (unsigned char)*r->at++;
		if (c < ' ')
			return -1;
		if (c == '\\' && (c = escaped(r)) < 0)
			return -1;
		if (into && n + 1 < size) {
			into[n++] = (char)c;
			into[n] = 0;
		}
	}
	return json_take(r, '"') ? 0 : -1;
}

static int read_value(struct reader *r);

static int read_list(struct reader *r)
{
	if (json_take(r, ']'))
		return 0;
	do {
		if (read_value(r) < 0)
			return -1;
	} while (json_take(r, ','));
	return json_take(r, ']') ? 0 : -1;
}

/* A list, whose texts are wanted. */
static int read_texts(struct reader *r, struct json_wanted *want)
{
	if (json_take(r, ']'))
		return 0;
	do {
		char *const into =
		    want->count < want->most ? want->into + want->count * want->size : NULL;
		skip_blanks(r);
		const bool text = r->at < r->end && *r->at == '"';
		if (into)
			into[0] = 0;
		if ((text ? read_string(r, into, into ? want->size : 0) : read_value(r)) < 0)
			return -1;
		want->count += into != NULL;
	} while (json_take(r, ','));
	return json_take(r, ']') ? 0 : -1;
}

/* The value of a member that is wanted. */
static int read_wanted(struct reader *r, struct json_wanted *want)
{
	const char *const from = r->at;

	if (from < r->end && *from == '"')
		return read_string(r, want->into, want->size);
	if (want->most > 0 && json_take(r, '['))
		return read_texts(r, want);
	if (read_value(r) < 0)
		return -1;
	const size_t len = (size_t)(r->at - from);
	if (want->number && *from >= '0' && *from <= '9' && len < want->size) {
		memcpy(want->into, from, len);
		want->into[len] = 0;
	}
	return 0;
}

static int read_object(struct reader *r, struct json_wanted wanted[], size_t count)
{
	char key[KEY];

	if (json_take(r, '}'))
		return 0;
	do {
		if (read_string(r, key, sizeof key) < 0 || !json_take(r, ':'))
			return -1;
		struct json_wanted *want = NULL;
		for (size_t i = 0; i < count; i++)
			if (!strcmp(wanted[i].key, key))
				want = &wanted[i];
		skip_blanks(r);
		if ((want ? read_wanted(r, want) : read_value(r)) < 0)
			return -1;
	} while (json_take(r, ','));
	return json_take(r, '}') ? 0 : -1;
}

/* A number, true, false or null: of letters it is enough that they are those of one. */
static int read_plain(struct reader *r)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *from = r->at;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const size_t len = strlen(words[i]);
		if ((size_t)(r->end - r->at) >= len && !memcmp(r->at, words[i], len)) {
			r->at += len;
			return 0;
		}
	}
	while (r->at < r->end && *r->at && strchr("+-.eE0123456789", *r->at))
		r->at++;
	return r->at > from ? 0 : -1;
}

static int read_value(struct reader *r)
{
	int result;

	skip_blanks(r);
	if (r->at >= r->end || ++r->depth > READ_DEPTH)
		return -1;
	if (*r->at == '"')
		result = read_string(r, NULL, 0);
	else if (json_take(r, '{'))
		result = read_object(r, NULL, 0);
	else if (json_take(r, '['))
		result = read_list(r);
	else
		result = read_plain(r);
	r->depth--;
	return result;
}

int json_read(const char *line, size_t len, struct json_wanted wanted[], size_t count)
{
	struct reader r = {.at = line, .end = line + len};

	for (size_t i = 0; i < count; i++)
		wanted[i].into[wanted[i].count = 0] = 0;
	if (!json_take(&r, '{') || read_object(&r, wanted, count) < 0)
		return -1;
	skip_blanks(&r);
	return r.at == r.end ? 0 : -1;
}
