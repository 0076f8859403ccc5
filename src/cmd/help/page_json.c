#include <string.h>

#include "cli/command.h"
#include "cli/doc/events.h"
#include "cli/json.h"
#include "cmd/help/pages.h"

void page_json(enum page_form form)
{
	page_section(form, "every command");
	page_events(form, NULL);
	for (size_t i = 0; commands[i]; i++) {
		if (!event_any_of(commands[i]->name))
			continue;
		page_section(form, commands[i]->name);
		page_events(form, commands[i]->name);
	}
}

static void list_commands(const struct event_row *row)
{
	json_list("commands");
	for (size_t i = 0; commands[i]; i++)
		if (event_is_of(row, commands[i]->name))
			json_text(NULL, commands[i]->name);
	json_close();
}

void page_json_json(void)
{
	for (const struct event_row *row = event_rows; row->name;) {
		json_open("help");
		json_text("topic", "json");
		list_commands(row);
		json_text("name", row->name);
		json_text("text", row->text);
		json_list("fields");
		for (row++; row->name && !row->commands; row++) {
			json_object(NULL);
			json_text("name", row->name);
			json_text("type", row->type);
			json_text("text", row->text);
			json_close();
		}
		json_close();
		json_end();
	}
}
