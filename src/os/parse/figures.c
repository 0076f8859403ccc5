#include <string.h>

#include "os/parse/figures.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool figure_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at the start of text[0..len), and how many bytes it has (0: none). */
static int64_t figure_number(const char *text, size_t len, size_t *size)
{
	int64_t value = 0;
	size_t i = 0;

	if (len >= 3 && !memcmp(text, "max", 3)) {
		*size = 3;
		return INT64_MAX;
	}
	for (; i < len && figure_digit(text[i]); i++) {
		const int digit = text[i] - '0';
		value = value > (INT64_MAX - digit) / 10 ? INT64_MAX : 10 * value + digit;
	}
	*size = i;
	return i > 0 ? value : -1;
}

static size_t line_length(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	return end ? (size_t)(end - text) : len;
}

/* The word (between blanks) that begins at or after *at in line[0..len): its length, 0 for none. */
static size_t next_word(const char *line, size_t len, size_t *at)
{
	while (*at < len && is_blank(line[*at]))
		(*at)++;
	size_t end = *at;
	while (end < len && !is_blank(line[end]))
		end++;
	return end - *at;
}

int64_t figures_field(const char *text, size_t len, unsigned at)
{
	const size_t line = line_length(text, len);
	size_t begin = 0, size, word;

	for (;; begin += word) {
		word = next_word(text, line, &begin);
		if (word == 0)
			return -1;
		if (at-- == 0)
			return figure_number(text + begin, word, &size);
	}
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

int64_t figures_keyed(const char *text, size_t len, const char *key, const char *word)
{
	size_t size;

	for (size_t at = 0; at < len;) {
		const char *line = text + at;
		const size_t n = line_length(line, len - at);
		size_t begin = 0, w = next_word(line, n, &begin);
		bool found = begin == 0 && is_word(line, w, key);
		at += n + 1;
		if (!found)
			continue;
		found = !word;
		for (begin += w; (w = next_word(line, n, &begin)) > 0; begin += w) {
			if (found)
				return figure_number(line + begin, w, &size);
			found = is_word(line + begin, w, word);
		}
		return -1;
	}
	return -1;
}

/* The next range of the list from text[*at) on; false at its end. */
static bool next_range(const char *text, size_t len, size_t *at, int64_t *first, int64_t *last)
{
	size_t size;

	if (*at >= len || !figure_digit(text[*at]))
		return false;
	*first = *last = figure_number(text + *at, len - *at, &size);
	*at += size;
	if (*at < len && text[*at] == '-') {
		++*at;
		*last = figure_number(text + *at, len - *at, &size);
		*at += size;
	}
	if (*at < len && text[*at] == ',')
		++*at;
	return true;
}

void figures_mark_reserved(const char *text, size_t len, unsigned char ports[FIGURES_PORTS])
{
	int64_t first, last;

	for (size_t at = 0; next_range(text, len, &at, &first, &last);)
		for (int64_t port = first; port <= last && port < INT64_C(8) * FIGURES_PORTS;
		     port++)
			ports[port / 8] |= (unsigned char)(1u << port % 8);
}

/* Copies text[0..len) and a NUL; false where there is no room. */
static bool copy(char path[FIGURES_PATH], const char *text, size_t len)
{
	if (len >= FIGURES_PATH)
		return false;
	memcpy(path, text, len);
	path[len] = 0;
	return true;
}

/* Whether the list text[0..len), parted by commas, has `word`. */
static bool listed(const char *text, size_t len, const char *word)
{
	while (len > 0) {
		const char *comma = memchr(text, ',', len);
		const size_t n = comma ? (size_t)(comma - text) : len;
		if (is_word(text, n, word))
			return true;
		text += comma ? n + 1 : n;
		len -= comma ? n + 1 : n;
	}
	return false;
}

/* A line is "4:memory:/path"; of version 2 "0::/path": cgroups(7). */
bool figures_group(const char *text, size_t len, const char *controller, char path[FIGURES_PATH])
{
	for (size_t at = 0; at < len;) {
		const char *line = text + at;
		const size_t n = line_length(line, len - at);
		const char *one = memchr(line, ':', n);
		const char *two = one ? memchr(one + 1, ':', n - (size_t)(one + 1 - line)) : NULL;
		at += n + 1;
		if (!two)
			continue;
		const size_t list = (size_t)(two - one - 1);
		if (controller ? listed(one + 1, list, controller) : list == 0 && line[0] == '0')
			return copy(path, two + 1, n - (size_t)(two + 1 - line));
	}
	return false;
}

/* A line is "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory". */
bool figures_mount(struct mounts *mounts, const char *controller, char root[FIGURES_PATH],
    char point[FIGURES_PATH])
{
	enum { ROOT = 3, POINT = 4, TYPE = 1, OPTIONS = 3 }; /* the last two from the "-" on */

	while (mounts->at < mounts->len) {
		const char *line = mounts->text + mounts->at;
		const size_t n = line_length(line, mounts->len - mounts->at);
		struct {
			const char *text;
			size_t len;
		} head[5] = {{0}}, tail[4] = {{0}};
		size_t begin = 0, w;
		unsigned field = 0, behind = 0;
		mounts->at += n + 1;
		for (; (w = next_word(line, n, &begin)) > 0; begin += w, field++) {
			if (field < 5) {
				head[field].text = line + begin;
				head[field].len = w;
			} else if (behind > 0 || is_word(line + begin, w, "-")) {
				if (behind < 4) {
					tail[behind].text = line + begin;
					tail[behind].len = w;
				}
				behind++;
			}
		}
		if (behind <= OPTIONS)
			continue;
		if (controller ? !is_word(tail[TYPE].text, tail[TYPE].len, "cgroup") ||
				     !listed(tail[OPTIONS].text, tail[OPTIONS].len, controller)
			       : !is_word(tail[TYPE].text, tail[TYPE].len, "cgroup2"))
			continue;
		if (copy(root, head[ROOT].text, head[ROOT].len) &&
		    copy(point, head[POINT].text, head[POINT].len))
			return true;
	}
	return false;
}

int64_t figures_tasks(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t size;

	return slash ? figure_number(slash + 1, len - (size_t)(slash + 1 - text), &size) : -1;
}
