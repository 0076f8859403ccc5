/* What a view shows, compared whole: as text, or as events without their times. */
#ifndef REUSE_TEST_SHOWN_H
#define REUSE_TEST_SHOWN_H

#include "cli/json.h"
#include "cli/out.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"

/* Takes the times out of events: no two runs have the same. */
static inline void shown_timeless(char *text)
{
	static const char before[] = "\"ts\":";
	char *to = text;

	for (const char *at = text; *at;)
		if (!strncmp(at, before, strlen(before)))
			at += strlen(before) + strcspn(at + strlen(before), ",") + 1;
		else
			*to++ = *at++;
	*to = 0;
}

/* What `show` writes, with those options of all commands; without colour where none is asked for, whatever the
 * environment says. */
static inline const char *shown_as(struct common common, void show(void))
{
	static char said[65536];

	if (common.color == COMMON_COLOR_AUTO)
		common.color = COMMON_COLOR_NEVER;
	out_style(&common);
	json_continue();
	const struct capture capture = capture_begin(stdout);
	show();
	capture_end(&capture, said, sizeof said);
	out_style(&(struct common){0});
	shown_timeless(said);
	return said;
}

/* Leaves of the events those of one name. */
static inline const char *shown_events(const char *name, void show(void))
{
	static char kept[65536];
	char begin[64];
	char *to = kept;

	snprintf(begin, sizeof begin, "{\"event\":\"%s\"", name);
	for (const char *at = shown_as((struct common){.json = 1}, show); *at;) {
		const size_t len = strcspn(at, "\n") + 1;
		if (!strncmp(at, begin, strlen(begin))) {
			memcpy(to, at, len);
			to += len;
		}
		at += len;
	}
	*to = 0;
	return kept;
}

/* Several lines, whole. */
static inline void check_lines(const char *file, int line, const char *got, const char *want)
{
	if (strcmp(got, want) != 0) {
		test_failures++;
		printf("%s:%d: %s: got\n%swant\n%s\n", file, line, test_name, got, want);
	}
}

#define CHECK_LINES(got, want) check_lines(__FILE__, __LINE__, got, want)

#endif
