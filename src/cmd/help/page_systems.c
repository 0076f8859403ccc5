#include <stdio.h>

#include "cli/json.h"
#include "cmd/help/pages.h"
#include "tcp/facts.h"
#include "tcp/system.h"

enum { VERSION = 24, SPAN = 64, ROW = 512 };

/* "6.17", "6.1.170". */
static const char *version_text(unsigned version, char text[VERSION])
{
	const unsigned patch = version % 1000;
	const int n =
	    snprintf(text, VERSION, "%u.%u", version / 1000000 % 1000, version / 1000 % 1000);

	if (patch > 0)
		snprintf(text + n, VERSION - (size_t)n, ".%u", patch);
	return text;
}

/* "all versions", "from 6.17", "before 6.8", "from 6.1.170, before 6.1.193". */
static const char *span_text(const struct fact_row *row, char text[SPAN])
{
	char since[VERSION], before[VERSION];

	if (row->since > 0 && row->before > 0)
		snprintf(text, SPAN, "from %s, before %s", version_text(row->since, since),
		    version_text(row->before, before));
	else if (row->since > 0)
		snprintf(text, SPAN, "from %s", version_text(row->since, since));
	else if (row->before > 0)
		snprintf(text, SPAN, "before %s", version_text(row->before, before));
	else
		snprintf(text, SPAN, "all versions");
	return text;
}

static bool is_first_of_system(size_t i)
{
	return i == 0 || fact_rows[i].system != fact_rows[i - 1].system;
}

void page_systems(enum page_form form)
{
	char text[ROW], span[SPAN];

	for (size_t i = 0; i < fact_row_count; i++) {
		const struct fact_row *row = &fact_rows[i];
		if (is_first_of_system(i)) {
			snprintf(text, sizeof text, "%s%s", rule_system_name(row->system),
			    form == PAGE_TEXT && row->system == rule_here() ? " (this system)"
									    : "");
			page_section(form, text);
		}
		snprintf(text, sizeof text, "%s; %s", span_text(row, span), row->source);
		page_item(form, row->text, text);
	}
}

void page_systems_json(void)
{
	char version[VERSION];

	for (size_t i = 0; i < fact_row_count; i++) {
		const struct fact_row *row = &fact_rows[i];
		json_open("help");
		json_text("topic", "systems");
		json_text("system", rule_system_name(row->system));
		json_text("since", row->since ? version_text(row->since, version) : NULL);
		json_text("before", row->before ? version_text(row->before, version) : NULL);
		json_text("text", row->text);
		json_text("source", row->source);
		json_end();
	}
}
