/* What a fuzz target offers: libFuzzer calls it with inputs of its own making, replay.c with those of
 * the corpus. */
#ifndef REUSE_FUZZ_H
#define REUSE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* HOLD(n <= most, "n = %zu", n): what must hold for any input. */
#define HOLD(holds, ...)                                                                           \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #holds);                \
			fprintf(stderr, __VA_ARGS__);                                              \
			fprintf(stderr, "\n");                                                     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
