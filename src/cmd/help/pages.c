#include <string.h>

#include "cmd/help/pages.h"

static const struct made_page pages[] = {
    {"systems", page_systems, page_systems_json},
    {"errors", page_errors, page_errors_json},
    {"json", page_json, page_json_json},
};

const struct made_page *made_page_find(const char *topic)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (!strcmp(pages[i].topic, topic))
			return &pages[i];
	return NULL;
}
