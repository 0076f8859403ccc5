/* Numbers, for persons. */
#ifndef REUSE_CMD_LIMITS_NUMBERS_H
#define REUSE_CMD_LIMITS_NUMBERS_H

#include <stdint.h>

enum { BYTES_TEXT = 32, GROUPED_TEXT = 32 };

/* "512 B", "7.9 kB", "24.1 GB": thousands, not 1024. Returns `text`. */
const char *bytes_print(char text[BYTES_TEXT], int64_t bytes);

/* "1,234,567". Returns `text`. */
const char *grouped_print(char text[GROUPED_TEXT], int64_t number);

#endif
