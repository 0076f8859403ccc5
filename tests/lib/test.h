/* The whole of our test framework. A test is a static function named after the promise it keeps;
 * main calls TEST(it) for each and returns test_failures != 0. */
#ifndef REUSE_TEST_H
#define REUSE_TEST_H

#include <stdio.h>
#include <string.h>

static int test_failures;
static const char *test_name;

#define TEST(name) (test_name = #name, name())

/* CHECK(n == 3, "n = %d", n): where it does not hold, says so with the values seen. */
#define CHECK(holds, ...)                                                                          \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			test_failures++;                                                           \
			printf("%s:%d: %s: %s: ", __FILE__, __LINE__, test_name, #holds);          \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

/* The same for strings. */
#define CHECK_TEXT(got, want) CHECK(!strcmp(got, want), "got \"%s\", want \"%s\"", got, want)

#endif
