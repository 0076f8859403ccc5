/* Bytes that strangers sent, made fit for a terminal. */
#ifndef REUSE_CLI_TEXT_H
#define REUSE_CLI_TEXT_H

#include <stddef.h>

/* How many bytes of s[0..len) the well-formed UTF-8 character at its start has (RFC 3629);
 * 0 where there is none. */
size_t text_character(const char *s, size_t len);

/* Whether the well-formed character s[0..size) is a control character (C0, DEL, C1). */
int text_control(const char *s, size_t size);

/* Writes the bytes s[0..len) to `into`, which has room for `size` (at least 1), ended by a NUL:
 * control characters and bytes that are no UTF-8 as \xNN. What has no room is left out, whole
 * characters at a time. Returns how many bytes of s were taken. */
size_t text_escape(char *into, size_t size, const char *s, size_t len);

/* Adds to the text of `size` bytes, NUL included; what has no room is left out. */
__attribute__((format(printf, 3, 4))) void text_add(
    char *text, size_t size, const char *format, ...);

#endif
