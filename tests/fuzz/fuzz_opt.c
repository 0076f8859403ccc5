/* cli/opt: the first byte chooses the command, lines are words. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cli/common.h"
#include "cli/command.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 64, ROOM = 4096 };

static bool among(char *const words[], int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (words[i] == word)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static _Alignas(max_align_t) char options[ROOM]; /* larger than any command's struct */
	char *argv[WORDS], *before[WORDS];
	char why[OPT_WHY];
	int argc = 1, commands_known = 1;

	if (len < 1)
		return 0;
	while (commands[commands_known])
		commands_known++;
	const struct opt *table = commands[bytes[0] % commands_known]->opts;
	char *text = malloc(len);
	HOLD(text, "no memory");
	memcpy(text, bytes + 1, len - 1);
	text[len - 1] = 0;
	argv[0] = text + len - 1;
	for (char *word = text; argc < WORDS && *word;) {
		char *end = strchr(word, '\n');
		argv[argc++] = word;
		if (!end)
			break;
		*end = 0;
		word = end + 1;
	}
	memcpy(before, argv, sizeof argv);
	memset(why, 'x', sizeof why);
	memset(options, 0, sizeof options);
	const int first = opt_read(table, common_opts, OPT_ANYWHERE, options, argc, argv, why);
	HOLD(first < 0 || (first >= 1 && first <= argc), "first %d of %d", first, argc);
	HOLD(first >= 0 || (*why && memchr(why, 0, sizeof why)), "a complaint without an end");
	for (int i = 0; i < argc; i++)
		HOLD(among(argv, argc, before[i]), "word %d got lost", i);
	free(text);
	return 0;
}
