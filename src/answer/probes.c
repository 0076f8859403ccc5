/* The bind test, a line an address. */
#include <stdio.h>
#include <string.h>

#include "answer/report.h"
#include "cli/out.h"
#include "tcp/errname.h"

static const char *result_of(const struct outcome *outcome)
{
	return outcome->basis == BASIS_UNKNOWN  ? "?"
	       : outcome->fault.at == CALL_NONE ? "ok"
						: errname(outcome->fault.error);
}

/* Whether the answers of the bind test differ among each other. */
static bool differ(const struct bindtest *test)
{
	for (unsigned set = 1; set < test->sets; set++)
		if (strcmp(result_of(&test->outcomes[0]), result_of(&test->outcomes[set])) != 0)
			return true;
	return false;
}

/* A line, broken between the sets. */
static void show_sets(const struct diagnosis *diagnosis)
{
	static const char *const names[PROBE_SETS] = {"-", "A", "P", "AP", "V", "VA", "VP", "VAP"};
	const int last = out_width() - 1;
	char text[64], local[ADDR_TEXT];
	int column = 3 + (int)strlen(addr_print(&diagnosis->newcomer.local, local));

	out_start("  %s ", local);
	for (unsigned set = 0; set < diagnosis->test.sets; set++) {
		const struct outcome *outcome = &diagnosis->test.outcomes[set];
		const int n = snprintf(text, sizeof text, " %s %s%s%s", names[set],
		    result_of(outcome), outcome->basis == BASIS_TRIED ? "*" : "",
		    set + 1 < diagnosis->test.sets ? "," : "");
		if (column + n > last) {
			out_line("%s", "");
			out_start("   ");
			column = 3;
		}
		out_start("%s", text);
		column += n;
	}
	out_line("%s", "");
}

void report_probes(const struct report *report)
{
	bool shown = false;

	for (size_t i = 0; i < report->count; i++) {
		const struct diagnosis *diagnosis = &report->diagnoses[i];
		if (!out_verbose() && !differ(&diagnosis->test))
			continue;
		if (!shown)
			report_line(
			    "bind, - no option, A SO_REUSEADDR, P SO_REUSEPORT, V IPV6_V6ONLY, * tried:");
		shown = true;
		show_sets(diagnosis);
	}
}
