#include <stdio.h>
#include <string.h>

#include "words/settings.h"

enum {
	KEEPALIVE_MOST_S = 32767
}; /* Linux, MAX_TCP_KEEPIDLE: nine hours; nobody else takes more for sure */

int settings_device(const char *word, void *into, char why[OPT_WHY])
{
	struct setting *setting = into;

	if (!*word || strlen(word) >= sizeof setting->device) {
		snprintf(why, OPT_WHY, "not the name of an interface");
		return -1;
	}
	setting->option = OPTION_DEVICE;
	snprintf(setting->device, sizeof setting->device, "%s", word);
	return 0;
}

int settings_keepalive(const char *word, void *into, char why[OPT_WHY])
{
	int64_t us;

	if (opt_duration(word, &us, why) < 0)
		return -1;
	if (us > KEEPALIVE_MOST_S * INT64_C(1000000)) {
		snprintf(why, OPT_WHY, "more than %d s", KEEPALIVE_MOST_S);
		return -1;
	}
	*(int64_t *)into = us;
	return 0;
}

bool settings_word(const char *word, size_t len, struct setting *setting)
{
	static const struct {
		const char *word;
		enum option option;
		int64_t value;
	} words[] = {
	    {"reuseaddr", OPTION_REUSEADDR, 1},
	    {"reuseport", OPTION_REUSEPORT, 1},
	    {"v6only", OPTION_V6ONLY, 1},
	    {"no-v6only", OPTION_V6ONLY, 0},
	    {"freebind", OPTION_FREEBIND, 1},
	    {"no-port", OPTION_NO_PORT, 1},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == len && !memcmp(words[i].word, word, len)) {
			*setting =
			    (struct setting){.option = words[i].option, .value = words[i].value};
			return true;
		}
	return false;
}

const char *settings_names(int fd, char text[SETTINGS_NAMES])
{
	const bool addr = option_get(fd, OPTION_REUSEADDR), port = option_get(fd, OPTION_REUSEPORT);

	snprintf(text, SETTINGS_NAMES, "%s%s%s", addr ? option_name(OPTION_REUSEADDR) : "",
	    addr && port ? " " : "",
	    port   ? option_name(OPTION_REUSEPORT)
	    : addr ? ""
		   : "no options");
	return text;
}

size_t settings_write(const struct settings_wanted *wanted, struct setting into[SETTINGS_MOST])
{
	size_t n = 0;

	if (!wanted->no_reuseaddr)
		into[n++] = (struct setting){.option = OPTION_REUSEADDR, .value = 1};
	if (!wanted->no_reuseport)
		into[n++] = (struct setting){.option = OPTION_REUSEPORT, .value = 1};
	into[n++] = (struct setting){.option = OPTION_RCVTIMEO, .value = wanted->timeout_us};
	into[n++] = (struct setting){.option = OPTION_SNDTIMEO, .value = wanted->timeout_us};
	into[n++] = (struct setting){.option = OPTION_NODELAY, .value = 1};
	/* Every byte counts where it stands, urgent ones too. */
	into[n++] = (struct setting){.option = OPTION_OOBINLINE, .value = 1};
	if (wanted->keepalive_us) {
		/* Whole seconds, the way up: never a probe before its time. */
		const int64_t seconds = (wanted->keepalive_us + 999999) / 1000000;
		into[n++] = (struct setting){.option = OPTION_KEEPIDLE, .value = seconds};
		into[n++] = (struct setting){.option = OPTION_KEEPALIVE, .value = 1};
	}
	if (*wanted->device.device)
		into[n++] = wanted->device;
	return n;
}
