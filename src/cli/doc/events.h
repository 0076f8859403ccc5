/* The events of --json and their fields: one table, from which pages are printed and which tests hold to
 * what the program writes. */
#ifndef REUSE_CLI_DOC_EVENTS_H
#define REUSE_CLI_DOC_EVENTS_H

#include <stdbool.h>

struct event_row {
	/* with a blank between; "" for all of them. NULL: a field of the event above */
	const char *commands;
	/* of the event or the field: "stop[].pid" is one of each object in a list */
	const char *name;
	const char *type; /* of a field: "text", "number or null"; */
	const char *text; /* when the event is written; what the field is */
};

/* All rows, ended by one whose name is NULL. */
extern const struct event_row event_rows[];

/* Whether the event of `row` is written by `command`. */
bool event_is_of(const struct event_row *row, const char *command);

/* Whether `command` has events that not every command writes. */
bool event_any_of(const char *command);

#endif
