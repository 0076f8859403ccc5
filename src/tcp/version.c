#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tcp/version.h"

enum { PART_MOST = 1000, SERIES = 1000 }; /* SERIES: patches of one */

static unsigned read_parts(const char *text)
{
	unsigned parts[3] = {0};

	for (int i = 0; i < 3; i++) {
		char *end;
		parts[i] = (unsigned)strtoul(text, &end, 10) % PART_MOST;
		if (*end != '.')
			break;
		text = end + 1;
	}
	return VERSION_OF(parts[0], parts[1], parts[2]);
}

unsigned version_read(const char *release, const char *version)
{
	static const char name[] = "Debian ";
	const char *const debian = strstr(version, name);
	const unsigned here = read_parts(release);
	const unsigned patched = debian ? read_parts(debian + strlen(name)) : 0;

	return patched / SERIES == here / SERIES ? patched : here;
}

unsigned version_here(void)
{
	struct utsname here;

	return uname(&here) < 0 ? 0 : version_read(here.release, here.version);
}
