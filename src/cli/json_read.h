/* Reading back what json.h writes: one object a line. */
#ifndef REUSE_CLI_JSON_READ_H
#define REUSE_CLI_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

/* One member to look for, of the outermost object: a text, or a list of texts. */
struct json_wanted {
	const char *key;
	char *into;  /* ends with a NUL; "" where there is no such member, or it is no text */
	size_t size; /* a longer value is cut */
	bool number; /* a number is taken too, as it is written */
	/* a list is taken, so many of its members at most, each with `size` bytes of `into`; "" for
	 * what is no text. 0: none */
	size_t most;
	size_t count; /* how many members it had, as far as there was room */
};

/* Reads the object line[0..len) and fills wanted[0..count). Returns 0, or -1 where it is no JSON
 * object (RFC 8259), or one of more than 32 levels. */
int json_read(const char *line, size_t len, struct json_wanted wanted[], size_t count);

#endif
