/* load: the generator of work for echo servers. One process; every echo is compared. */
#include <arpa/inet.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dial.h"
#include "load.h"

static const struct kind {
	const char *name;
	const struct work *work;              /* in slices */
	void (*run)(const struct load *load); /* or at once */
} kinds[] = {
    {"rr", &work_rr, NULL},
    {"bulk", &work_bulk, NULL},
    {"cycle", &work_cycle, NULL},
    {"idle", NULL, load_idle},
    {"start", NULL, load_start},
};

static const char usage[] =
    "usage: load rr|bulk|cycle [-n CONNECTIONS] [-d SECONDS] [-s SLICE] PORT[,IDLE[,PID]]...\n"
    "       load idle [-d SECONDS] PORT,IDLE\n"
    "       load start PORT COMMAND...\n"
    "Servers are expected on 127.0.0.1, each beside IDLE silent connections. They take turns, a\n"
    "SLICE of a second at a time and SECONDS in all. PID: tell the CPU time of that process.\n";

static __attribute__((noreturn)) void refuse(void)
{
	fputs(usage, stderr);
	exit(2);
}

static double number(const char *word, double least, double most)
{
	char *end;
	const double value = strtod(word, &end);

	if (end == word || *end || !(value >= least && value <= most))
		refuse();
	return value;
}

static struct target read_target(const char *word)
{
	unsigned long parts[3] = {0}; /* port, idle, pid */

	for (size_t i = 0; i < 3 && *word; i++) {
		char *end;
		parts[i] = strtoul(word, &end, 10);
		if (end == word || (*end && *end != ','))
			refuse();
		word = *end ? end + 1 : end;
	}
	if (*word || parts[0] > UINT16_MAX || parts[2] > INT_MAX)
		refuse();
	return (struct target){
	    .server = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)parts[0]),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
	    .idle = parts[1],
	    .pid = (pid_t)parts[2],
	};
}

/* Reads argv[2..]; the targets are the caller's to free. */
static struct load read_words(int argc, char **argv, bool starts)
{
	struct load load = {.run_us = 1000000, .slice_us = 50000, .count = 1};
	int letter;

	/* '+': what stands behind the port may be the words of another program. */
	optind = 2;
	while ((letter = getopt(argc, argv, "+n:d:s:")) != -1) {
		if (letter == 'n')
			load.count = (size_t)number(optarg, 1, 1e6);
		else if (letter == 'd')
			load.run_us = (int64_t)(number(optarg, 0.01, 600) * 1e6);
		else if (letter == 's')
			load.slice_us = (int64_t)(number(optarg, 0.001, 600) * 1e6);
		else
			refuse();
	}
	load.command = argv + optind + 1;
	load.target_count = starts ? 1 : (size_t)(argc - optind);
	load.targets = calloc(load.target_count + 1, sizeof *load.targets);
	if (optind == argc || (starts && optind + 1 == argc))
		refuse();
	if (!load.targets)
		fail("calloc");
	for (size_t i = 0; i < load.target_count; i++)
		load.targets[i] = read_target(argv[optind + (int)i]);
	return load;
}

/* As many descriptors as this user may have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	const struct kind *kind = kinds;
	const struct kind *const end = kinds + sizeof kinds / sizeof *kinds;

	while (argc > 2 && kind < end && strcmp(argv[1], kind->name) != 0)
		kind++;
	if (argc <= 2 || kind == end)
		refuse();
	const struct load load = read_words(argc, argv, kind->run == load_start);
	raise_limit();
	if (kind->work)
		load_turns(&load, kind->work);
	else
		kind->run(&load);
	free(load.targets);
	return 0;
}
