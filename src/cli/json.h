/* One JSON object a line on stdout, every byte escaped (RFC 8259). */
#ifndef REUSE_CLI_JSON_H
#define REUSE_CLI_JSON_H

#include <stddef.h>
#include <stdint.h>

/* The first line of all, once: {"event":"start","ts":...,"schema":1,"command":...,"version":...}. */
void json_start(void);

/* What follows continues what another process has begun: the start event is out. */
void json_continue(void);

/* Begins {"event":EVENT,"ts":NOW; members follow, then json_end, which writes the line. The start event
 * goes before the first one of all. */
void json_open(const char *event);
void json_end(void);

/* Members. `key` is NULL within a list. */
void json_text(const char *key, const char *value); /* NULL: null */
void json_lines(
    const char *key, const char *value); /* a text of this program's, of several lines */
void json_number(const char *key, int64_t value);
void json_known(const char *key, int64_t value);  /* a number; below 0: null */
void json_decimal(const char *key, double value); /* to three places */
void json_bool(const char *key, int value);       /* below 0: null */
void json_null(const char *key);

/* A member that is itself an object or a list, until json_close. At most 8 within each other. */
void json_object(const char *key);
void json_list(const char *key);
void json_close(void);

#endif
