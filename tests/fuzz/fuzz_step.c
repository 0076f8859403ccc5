/* words/script: lines are the steps of one trial. */
#include <string.h>

#include "words/script.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS = 64 };

static void show(const struct script *script)
{
	static const unsigned ports[TRIAL_PORTS] = {0, 65535, 65534, 65533};

	for (size_t i = 0; i < script->count; i++) {
		const size_t size = script_text_size(script, i);
		char *text = malloc(size);
		HOLD(text, "no memory");
		script_text(script, i, ports, text, size);
		HOLD(memchr(text, 0, size), "text without an end");
		free(text);
		HOLD(script->steps[i].setting_count <= TRIAL_SETTINGS, "too many settings");
		HOLD((size_t)script->steps[i].socket < script->name_count, "socket %d",
		    script->steps[i].socket);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const int families[] = {0, 4, 6, 0};
	struct script script = {.numeric = 1};
	const char *at = (const char *)bytes, *const end = at + len;
	char why[SCRIPT_WHY];

	if (len > 0)
		script.family = families[*bytes & 3];
	for (int i = 0; i < STEPS && at < end; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;
		const size_t before = script.count;
		memset(why, 'x', sizeof why);
		const int result = script_add(&script, at, (size_t)(stop - at), why);
		HOLD(result == 0 || memchr(why, 0, sizeof why), "a complaint without an end");
		HOLD(script.count == before + (result == 0), "%zu steps", script.count);
		at = stop + 1;
	}
	show(&script);
	script_clear(&script);
	return 0;
}
