#include <string.h>

#include "os/parse/attribute.h"

enum { TYPE_MASK = 0x3fff }; /* NLA_TYPE_MASK: without the marks of nested ones and of byte order */

bool attribute_next(
    struct attributes *rest, unsigned *type, const unsigned char **body, size_t *len)
{
	struct attribute head;

	if (rest->left < sizeof head)
		return false;
	memcpy(&head, rest->at, sizeof head);
	if (head.len < sizeof head || head.len > rest->left)
		return false;
	*type = head.type & TYPE_MASK;
	*body = rest->at + sizeof head;
	*len = head.len - sizeof head;
	size_t step = ((size_t)head.len + 3) & ~(size_t)3;
	if (step > rest->left)
		step = rest->left;
	rest->at += step;
	rest->left -= step;
	return true;
}

uint32_t attribute_number(const unsigned char *body, size_t len, size_t offset)
{
	uint32_t number = 0;

	if (len >= offset + sizeof number)
		memcpy(&number, body + offset, sizeof number);
	return number;
}
