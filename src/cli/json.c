#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/text.h"
#include "config.h"

enum { JSON_DEPTH = 8 };

static struct {
	char close; /* '}' or ']' */
	int filled; /* a member stands in it already */
} within[JSON_DEPTH];
static int depth;
static bool started;

/* A string: each byte of a control character, or of what is not UTF-8, becomes the four characters \xNN; with
 * `lines` a newline stays one. */
static void string(const char *s, bool lines)
{
	const size_t len = strlen(s);

	out_bytes("\"", 1);
	for (size_t at = 0; at < len;) {
		const size_t n = text_character(s + at, len - at);
		const size_t size = n ? n : 1;
		if (lines && s[at] == '\n')
			out_add("\\n");
		else if (n == 0 || text_control(s + at, n))
			for (size_t i = 0; i < size; i++)
				out_add("\\\\x%02x", (unsigned char)s[at + i]);
		else if (s[at] == '"' || s[at] == '\\')
			out_add("\\%c", s[at]);
		else
			out_bytes(s + at, n);
		at += size;
	}
	out_bytes("\"", 1);
}

static void member(const char *key)
{
	if (within[depth - 1].filled++)
		out_bytes(",", 1);
	if (!key)
		return;
	string(key, false);
	out_bytes(":", 1);
}

static void open_scope(char first, char last)
{
	out_bytes(&first, 1);
	within[depth].close = last;
	within[depth].filled = 0;
	depth++;
}

void json_start(void)
{
	if (started)
		return;
	started = true;
	json_open("start");
	json_number("schema", 1);
	json_text("command", say_command());
	json_text("version", REUSE_VERSION);
	json_end();
}

void json_continue(void)
{
	started = true;
}

void json_open(const char *event)
{
	struct timeval now;

	json_start();
	gettimeofday(&now, NULL);
	depth = 0;
	open_scope('{', '}');
	json_text("event", event);
	member("ts");
	out_add("%lld.%06ld", (long long)now.tv_sec, (long)now.tv_usec);
}

void json_end(void)
{
	while (depth > 0)
		json_close();
	out_newline();
}

void json_text(const char *key, const char *value)
{
	member(key);
	if (value)
		string(value, false);
	else
		out_add("%s", "null");
}

void json_lines(const char *key, const char *value)
{
	member(key);
	string(value, true);
}

void json_number(const char *key, int64_t value)
{
	member(key);
	out_add("%lld", (long long)value);
}

void json_known(const char *key, int64_t value)
{
	if (value < 0)
		json_null(key);
	else
		json_number(key, value);
}

void json_decimal(const char *key, double value)
{
	member(key);
	out_add("%.3f", value);
}

void json_bool(const char *key, int value)
{
	member(key);
	out_add("%s", value < 0 ? "null" : value ? "true" : "false");
}

void json_null(const char *key)
{
	json_text(key, NULL);
}

void json_object(const char *key)
{
	member(key);
	open_scope('{', '}');
}

void json_list(const char *key)
{
	member(key);
	open_scope('[', ']');
}

void json_close(void)
{
	out_bytes(&within[--depth].close, 1);
}
