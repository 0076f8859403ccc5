/* Numbers, for persons. */
#ifndef REUSE_CMD_LIMITS_GROUPED_H
#define REUSE_CMD_LIMITS_GROUPED_H

#include <stdint.h>

enum { GROUPED_TEXT = 32 };

/* "1,234,567". Returns `text`. */
const char *grouped_print(char text[GROUPED_TEXT], int64_t number);

#endif
