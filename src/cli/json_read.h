/* Reading back what json.h writes: one object a line. */
#ifndef REUSE_CLI_JSON_READ_H
#define REUSE_CLI_JSON_READ_H

#include <stddef.h>

/* One member to look for, of the outermost object: a text. */
struct json_wanted {
	const char *key;
	char *into;  /* ends with a NUL; "" where there is no such member, or it is no text */
	size_t size; /* a longer value is cut */
};

/* Reads the object line[0..len) and fills wanted[0..count). Returns 0, or -1 where it is no JSON
 * object (RFC 8259), or one of more than 32 levels. */
int json_read(const char *line, size_t len, struct json_wanted wanted[], size_t count);

#endif
