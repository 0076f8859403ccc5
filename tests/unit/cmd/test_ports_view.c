/* ctest: os=Linux */
/* cmd/limits/ports_view: what is said of TIME_WAITs. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/limits/ports_view.h"
#include "tests/lib/test.h"

static char shown[8192];

static void show(const struct ports *ports)
{
	const struct route route = {.source = addr_loopback(AF_INET, 0),
	    .destination = addr_loopback(AF_INET, 80),
	    .by_itself = true};
	FILE *file = tmpfile();

	fflush(stdout);
	const int before = dup(STDOUT_FILENO);
	if (!file || before < 0)
		exit(99);
	dup2(fileno(file), STDOUT_FILENO);
	ports_view(ports, &route);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	rewind(file);
	shown[fread(shown, 1, sizeof shown - 1, file)] = 0;
	fclose(file);
}

static void it_is_told_when_time_waits_end(void)
{
	static const struct {
		unsigned waits;
		int64_t first_ms, last_ms;
		const char *line; /* NULL: none */
	} rows[] = {
	    {1, 12400, 12400, "\nthe TIME_WAIT ends in 12 s\n"},
	    {2, 12400, 59600, "\nof 2 TIME_WAITs the first ends in 12 s, the last in 60 s\n"},
	    {1234, 0, 1000, "\nof 1,234 TIME_WAITs the first ends in 0 s, the last in 1 s\n"},
	    {0, 0, 0, NULL},
	    {3, -1, -1, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ports ports = {.low = 32768,
		    .high = 60999,
		    .waits = rows[i].waits,
		    .first_ms = rows[i].first_ms,
		    .last_ms = rows[i].last_ms};
		show(&ports);
		const char *line = rows[i].line;
		CHECK(line ? !!strstr(shown, line) : !strstr(shown, "TIME_WAIT"), "row %zu: %s", i,
		    shown);
	}
}

static void ports_whose_state_is_inferred_are_told(void)
{
	struct ports ports = {.low = 32768, .high = 60999};

	show(&ports);
	CHECK(!strstr(shown, "inferred"), "%s", shown);
	ports.not_asked = 1;
	show(&ports);
	CHECK(strstr(shown, "whether they were bound is inferred of 1\n"), "%s", shown);
}

int main(void)
{
	TEST(it_is_told_when_time_waits_end);
	TEST(ports_whose_state_is_inferred_are_told);
	return test_failures != 0;
}
