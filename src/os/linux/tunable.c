/* Linux: a tunable is a file below /proc/sys, its dots slashes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/linux/file.h"
#include "os/parse/figures.h"
#include "os/tunable.h"

int tunable_read(const char *name, char text[TUNABLE_TEXT])
{
	char path[128] = "/proc/sys/";
	size_t at = strlen(path), kept = 0;

	while (*name && at < sizeof path - 1) {
		path[at++] = *name == '.' ? '/' : *name;
		name++;
	}
	const ssize_t n = file_read(path, text, TUNABLE_TEXT - 1);
	if (n < 0)
		return -1;
	for (ssize_t i = 0; i < n; i++) {
		const char c = text[i] == '\t' || text[i] == '\n' ? ' ' : text[i];
		if (c != ' ' || (kept > 0 && text[kept - 1] != ' '))
			text[kept++] = c;
	}
	while (kept > 0 && text[kept - 1] == ' ')
		kept--;
	text[kept] = 0;
	return 0;
}

bool tunable_port_range(unsigned *low, unsigned *high)
{
	char text[TUNABLE_TEXT], *end;

	if (tunable_read("net.ipv4.ip_local_port_range", text) < 0)
		return false;
	*low = (unsigned)strtoul(text, &end, 10);
	*high = (unsigned)strtoul(end, &end, 10);
	return *end == 0 && *high > 0;
}

/* kernel/time/timer.c: the wheel has levels of 64 places, each eight times as coarse as the one before. */
int64_t tunable_late_ms(int64_t timer_ms)
{
	enum { PLACES = 63, COARSER = 8 };
	struct timespec tick;

	/* The coarse clock advances by one each tick: clock_getres(2). */
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0 || tick.tv_sec > 0 || tick.tv_nsec <= 0)
		return 0;
	int64_t late_us = tick.tv_nsec / 1000;
	for (int64_t first_us = PLACES * late_us; first_us <= timer_ms * 1000; first_us *= COARSER)
		late_us *= COARSER;
	return late_us / 1000;
}

void tunable_reserved_ports(unsigned char ports[8192])
{
	enum { MOST = 400000 }; /* every second port has a range of its own */
	char *text = malloc(MOST);
	const ssize_t n =
	    text ? file_read("/proc/sys/net/ipv4/ip_local_reserved_ports", text, MOST) : -1;

	memset(ports, 0, 8192);
	if (n > 0)
		figures_mark_reserved(text, (size_t)n, ports);
	free(text);
}
