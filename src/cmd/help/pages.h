/* Pages of `reuse help TOPIC` that are made of tables, behind the words of their topic; as JSON, events, one for each
 * row: {"event":"help","topic":...,...}. */
#ifndef REUSE_CMD_HELP_PAGES_H
#define REUSE_CMD_HELP_PAGES_H

#include "cli/doc/page.h"

/* What is known of each system's rule, and how. */
void page_systems(enum page_form form);
void page_systems_json(void);

/* Each errno of a socket call: what may be behind it, and how to check. */
void page_errors(enum page_form form);
void page_errors_json(void);

/* The events of --json, by command, with their fields. */
void page_json(enum page_form form);
void page_json_json(void);

#endif
