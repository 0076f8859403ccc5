/* The attributes of netlink messages: netlink(7). Opens nothing. */
#ifndef REUSE_OS_PARSE_ATTRIBUTE_H
#define REUSE_OS_PARSE_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The head of one; its body follows, padded to four bytes. */
struct attribute {
	uint16_t len, type;
};

/* What is left of them. */
struct attributes {
	const unsigned char *at;
	size_t left;
};

/* The next one; its body is body[0..len). False at the end, or where the rest makes no sense. */
bool attribute_next(
    struct attributes *rest, unsigned *type, const unsigned char **body, size_t *len);

/* The number at an offset in a body; 0 where that ends before. */
uint32_t attribute_number(const unsigned char *body, size_t len, size_t offset);

#endif
