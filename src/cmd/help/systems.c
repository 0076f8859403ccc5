#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/out.h"
#include "cli/wrap.h"
#include "cmd/help/systems.h"
#include "config.h"
#include "tcp/facts.h"
#include "tcp/rule.h"

enum { VERSION = 24, SPAN = 64, ROW = 512 };

static const char *const lead[] = {
    "What decides on each system whether a socket may share a port: the rows that",
    "'reuse rules', 'reuse why' and the experiments go by, each with how it is known.",
    "What is not measured is documented.",
};
enum { LEADS = sizeof lead / sizeof *lead };

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

static void show_folded(const char *text, int indent)
{
	out_start("%*s", indent, "");
	wrap_text(text, strlen(text), indent);
}

void systems_show(void)
{
	char text[ROW], span[SPAN];

	out_page();
	for (size_t i = 0; i < LEADS; i++)
		out_line("%s", lead[i]);
	for (size_t i = 0; i < fact_row_count; i++) {
		const struct fact_row *row = &fact_rows[i];
		if (is_first_of_system(i)) {
			out_line("%s", "");
			out_line("%s%s%s%s", out_paint(OUT_BOLD), rule_system_name(row->system),
			    row->system == rule_here() ? " (this system)" : "",
			    out_paint(OUT_PLAIN));
		}
		show_folded(row->text, 2);
		snprintf(text, sizeof text, "%s; %s", span_text(row, span), row->source);
		show_folded(text, 6);
	}
}

void systems_man(void)
{
	char span[SPAN];

	out_line(".TH REUSE\\-SYSTEMS 7 %s \"reuse %s\"", REUSE_DATE, REUSE_VERSION);
	out_line(".SH NAME");
	out_line("reuse-systems \\- the rules of sharing a port, by system and version");
	out_line(".SH DESCRIPTION");
	for (size_t i = 0; i < LEADS; i++)
		out_line("\\&%s", lead[i]);
	for (size_t i = 0; i < fact_row_count; i++) {
		const struct fact_row *row = &fact_rows[i];
		if (is_first_of_system(i))
			out_line(".SS %s", rule_system_name(row->system));
		out_line(".TP");
		out_line("\\&%s", row->text);
		out_line("%s;", span_text(row, span));
		out_line("%s", row->source);
	}
	out_line(".SH SEE ALSO");
	out_line(".BR reuse\\-rules (1)");
}

void systems_json(void)
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
