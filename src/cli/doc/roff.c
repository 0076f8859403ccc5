#include <ctype.h>
#include <string.h>

#include "cli/doc/hint.h"
#include "cli/doc/roff.h"
#include "cli/out.h"

/* Of a page on a terminal, and how far man(7) indents its text. */
enum { PAGE_COLUMNS = 80, PAGE_INDENT = 7 };

void roff_letters(const char *text, size_t len, bool begins)
{
	if (begins && len > 0 && (*text == '.' || *text == '\''))
		out_start("\\&");
	for (size_t i = 0; i < len; i++)
		switch (text[i]) {
		case '\\':
			out_start("\\e");
			break;
		case '-':
			out_start("\\-");
			break;
		case '\'':
			out_start("\\(aq");
			break;
		case '`':
			out_start("\\(ga");
			break;
		case '^':
			out_start("\\(ha");
			break;
		case '~':
			out_start("\\(ti");
			break;
		default:
			out_start("%c", text[i]);
		}
}

static bool begins_with(const char *text, size_t len, const char *start)
{
	const size_t n = strlen(start);
	return len > n && !memcmp(text, start, n);
}

/* How much of text[0..len) is to be set bold: "--name", "SO_REUSEADDR", "poll" of "poll(2)". */
static size_t bold(const char *text, size_t len)
{
	static const char *const constants[] = {"SO_", "IP_", "IPV6_", "TCP_", "SIG", "NO_COLOR"};

	if (len > 1 && *text == '-' && (isalnum((unsigned char)text[1]) || text[1] == '-'))
		return strcspn(text, "=") < len ? strcspn(text, "=") : len;
	for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
		if (begins_with(text, len, constants[i]))
			return len;
	const size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
	return name > 0 && name + 3 <= len && text[name] == '(' &&
		       isdigit((unsigned char)text[name + 1]) && text[name + 2] == ')'
		   ? name
		   : 0;
}

/* How much is to be set italic: all of "ADDR" and "ADDR:PORT". */
static size_t italic(const struct command *command, const char *text, size_t len)
{
	for (size_t at = 0, n; command && at < len; at += n + 1) {
		n = strcspn(text + at, ":");
		if (at + n > len)
			n = len - at;
		if (!hint_is_place(command, text + at, n))
			return 0;
	}
	return command ? len : 0;
}

/* One word with the signs around it, in the face that it deserves. */
static void word(const struct command *command, const char *text, size_t len, bool begins)
{
	const size_t before = strspn(text, "([") < len ? strspn(text, "([") : 0;
	size_t core = len - before;

	roff_letters(text, before, begins);
	text += before;
	while (core > 0 && strchr(".,;:", text[core - 1]))
		core--;
	if (core > 1 && text[core - 1] == ')' && !memchr(text, '(', core))
		core--;
	const size_t strong = bold(text, core), slanted = italic(command, text, core);
	const size_t set = strong ? strong : slanted;
	if (set > 0) {
		out_start(strong ? "\\fB" : "\\fI");
		roff_letters(text, set, false);
		out_start("\\fR");
	}
	roff_letters(text + set, len - before - set, begins && before + set == 0);
}

/* The length of "'reuse help try'" at the beginning of text[0..len), or 0: words to be typed. */
static size_t quoted(const char *text, size_t len)
{
	if (!begins_with(text, len, "'reuse ") && !begins_with(text, len, "('reuse "))
		return 0;
	const char *begin = strchr(text, '\'') + 1;
	const char *end = memchr(begin, '\'', (size_t)(text + len - begin));
	return end ? (size_t)(end + 1 - text) : 0;
}

/* How long text[0..len) is at most once it is set: in a face of its own, and with what keeps it from
 * roff. */
static size_t set_length(const char *text, size_t len)
{
	size_t length = len + strlen("\\fB\\fR");

	for (size_t i = 0; i < len; i++)
		length += strchr("'`^~", text[i]) ? 3 : strchr("-\\", text[i]) ? 1 : 0;
	return length;
}

void roff_text(const struct command *command, const char *text, size_t len, bool sentence)
{
	enum { WIDTH = 79 }; /* and a full stop; in longer lines mandoc finds fault */
	bool ended = false;
	size_t column = 0;
	const char *const end = text + len;

	if (sentence) {
		const size_t first = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		if (first > 0 && (first == len || strchr(" \n.", text[first]))) {
			out_start("%c", toupper((unsigned char)*text));
			text++;
		}
	}
	while (text < end) {
		const size_t typed = quoted(text, (size_t)(end - text));
		size_t n = typed + strcspn(text + typed, " \n");
		if (n > (size_t)(end - text))
			n = (size_t)(end - text);
		const size_t length = set_length(text, n);
		/* A sentence of its own begins a line: so roff sees where the one before ends. */
		const bool begins = ended || column + length > WIDTH;
		if (column > 0 && begins)
			out_line("%s", "");
		else if (column > 0)
			out_start(" ");
		column = (column == 0 || begins ? 0 : column + 1) + length;
		if (typed > 0) {
			const size_t before = *text == '(';
			out_start("%.*s\\fB", (int)before, text);
			roff_letters(text + before + 1, typed - before - 2, false);
			out_start("\\fR");
			roff_letters(text + typed, n - typed, false);
		} else {
			word(command, text, n, column == length);
		}
		text += n + 1;
		ended =
		    n > 0 && text < end && strchr(".?", text[-2]) && !islower((unsigned char)*text);
	}
	out_line("%s", sentence && end[-1] != '.' ? "." : "");
}

/* Columns of the widest line. */
static size_t widest_line(const char *text, const char *end)
{
	size_t most = 0;

	for (size_t n; text < end; text += n + 1) {
		n = strcspn(text, "\n");
		n = n < (size_t)(end - text) ? n : (size_t)(end - text);
		most = n > most ? n : most;
	}
	return most;
}

void roff_table(const char *text, size_t len)
{
	const char *const end = text + len;
	const bool wide = widest_line(text, end) > PAGE_COLUMNS - PAGE_INDENT;

	if (wide)
		out_line(".in -%dn", PAGE_INDENT);
	out_line(".EX");
	while (text < end) {
		size_t n = strcspn(text, "\n");
		if (n > (size_t)(end - text))
			n = (size_t)(end - text);
		roff_letters(text, n, true);
		out_line("%s", "");
		text += n + 1;
	}
	out_line(".EE");
	if (wide)
		out_line(".in");
}
