/* The steps of a test as words. */
#ifndef REUSE_TEST_SCRIPT_H
#define REUSE_TEST_SCRIPT_H

#include <string.h>

#include "words/script.h"

/* Reads texts[], ended by NULL. Returns as script_add. */
static int script_read(struct script *script, const char *const texts[], char why[SCRIPT_WHY])
{
	for (size_t i = 0; texts[i]; i++)
		if (script_add(script, texts[i], strlen(texts[i]), why) < 0)
			return -1;
	return 0;
}

#endif
