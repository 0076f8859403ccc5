#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_read.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/part.h"
#include "cmd/experiment/program.h"
#include "os/holder.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/timewait.h"
#include "words/report.h"

enum {
	WORDS = PROGRAM_WORDS,
	COMMAND_TEXT = 160,
	NEXT_US = 20000000, /* for the next thing that a process should do */
	EVENT = 16,
	LINES_MOST = 2000, /* that a process may write while it is awaited */
};

struct demo {
	struct show *show;
	struct crew crew;
	struct port ports[3]; /* P, Q, R */
	struct running running[EXPERIMENT_PROGRAMS];
	int count;
};

/* --- words ------------------------------------------------------------------------------ */

/* The words of a command, letters and LAN filled in, into text; words[] points there. */
static int fill_words(const struct demo *demo, const struct program *program,
    char text[COMMAND_TEXT], char *words[WORDS])
{
	static const char letters[] = "PQR";
	char copy[COMMAND_TEXT], *rest = NULL;
	size_t len = 0;
	int n = 0;

	snprintf(copy, sizeof copy, "%s", program->command);
	for (char *word = strtok_r(copy, " ", &rest); word && n < WORDS - 1;
	     word = strtok_r(NULL, " ", &rest)) {
		const char *letter = word[1] ? NULL : strchr(letters, *word);
		words[n++] = text + len;
		if (letter)
			len += (size_t)snprintf(text + len, COMMAND_TEXT - len, "%u",
				   demo->ports[letter - letters].number) +
			       1;
		else
			len += (size_t)snprintf(text + len, COMMAND_TEXT - len, "%s",
				   !strcmp(word, "LAN") ? demo->show->lan : word) +
			       1;
	}
	words[n] = NULL;
	return n;
}

/* --- what they do ----------------------------------------------------------------------- */

/* A call as --explain writes it: "bind(3, 127.0.0.1:3000) = 0". Returns false where it is none. */
static bool show_program_call(struct demo *demo, const struct running *process, char *line)
{
	char *equals = NULL;

	for (char *at = line; (at = strstr(at, ") = ")) != NULL; at++)
		equals = at + 1;
	if (!equals || *line == '{')
		return false;
	*equals = 0;
	const char *value = equals + 3;
	const bool ok = *value != '-';
	/* What has nothing to do with sharing is for -v and JSON. */
	if (!strncmp(line, "setsockopt", 10) && !strstr(line, "SO_REUSE") && ok && !out_json() &&
	    !out_verbose())
		return true;
	/* The demo's server asks for the next one until there is none: no refusal. */
	const char *error = ok ? "" : value + strcspn(value, " ") + 1;
	if (!strncmp(line, "accept", 6) && !strcmp(error, "EAGAIN"))
		return true;
	const struct observation seen = {
	    .text = line, .result = ok ? "ok" : error, .expected = "ok", .as_expected = ok};
	view_program(demo->show, process->program->name, NULL);
	view_observation(demo->show, &seen);
	return true;
}

/* Shows what the process does until it writes `event`. Returns whether it did. */
static bool await_event(struct demo *demo, struct running *process, const char *event)
{
	const int64_t until_us = clock_us() + NEXT_US;
	char line[PROGRAM_ROOM], name[EVENT];
	struct json_wanted wanted[] = {{.key = "event", .into = name, .size = sizeof name},
	    {.key = "local", .into = process->local, .size = sizeof process->local},
	    {.key = "peer", .into = process->peer, .size = sizeof process->peer}};

	for (int i = 0; i < LINES_MOST; i++) {
		const int taken = program_line(process, until_us, demo->show->stop, line);
		if (taken <= 0) {
			if (stop_wanted())
				return false;
			const struct observation seen = {
			    .text = taken == 0 ? "it ended" : "it is silent",
			    .result = taken == 0 ? "ended" : "silent",
			    .expected = event};
			view_program(demo->show, process->program->name, NULL);
			view_observation(demo->show, &seen);
			return false;
		}
		if (show_program_call(demo, process, line))
			continue;
		if (*line != '{') {
			view_line(line); /* a complaint */
			continue;
		}
		/* A heartbeat has no addresses; those of the connection are kept. */
		const bool keeps = !strcmp(event, "beat");
		if (json_read(line, strlen(line), wanted, keeps ? 1 : 3) == 0 &&
		    !strcmp(name, event))
			return true;
	}
	return false;
}

/* --- the course of it -------------------------------------------------------------------- */

static void show_echo(struct demo *demo, const struct running *client)
{
	const char *data = strrchr(client->program->command, ' ') + 1;
	char text[COMMAND_TEXT];

	snprintf(text, sizeof text, "\"%s\" sent, and back", data);
	const struct observation seen = {
	    .text = text, .result = "ok", .expected = "ok", .as_expected = true};
	view_program(demo->show, client->program->name, NULL);
	view_observation(demo->show, &seen);
}

static bool begin_program(struct demo *demo, const struct program *program)
{
	char text[COMMAND_TEXT], *words[WORDS], command[COMMAND_TEXT + 16] = "$ reuse";

	for (int i = 0, n = fill_words(demo, program, text, words); i < n; i++) {
		const size_t len = strlen(command);
		snprintf(command + len, sizeof command - len, " %s", words[i]);
	}
	view_program(demo->show, program->name, command);
	if (program_start(&demo->crew, demo->running, demo->count, program, words) < 0) {
		report_call(demo->running[demo->count].member.refused, errno);
		demo->show->outcome.broken = true;
		return false;
	}
	struct running *process = &demo->running[demo->count++];
	if (program->server < 0)
		return await_event(demo, process, "listening");
	if (!await_event(demo, process, "connected") ||
	    !await_event(demo, &demo->running[program->server], "opened") ||
	    !await_event(demo, process, "beat"))
		return false;
	show_echo(demo, process);
	return true;
}

static void show_connection(
    struct demo *demo, const char *local, const char *peer, const struct running *process)
{
	char text[VIEW_TEXT];

	if (out_json()) {
		snprintf(text, sizeof text, "%s -> %s", local, peer);
		const struct observation seen = {
		    .text = text, .result = "ESTABLISHED", .as_expected = true};
		view_observation(demo->show, &seen);
		return;
	}
	view_connection(local, peer, process->program->name, (long)process->member.pid);
}

/* The rows that the kernel has, in the order of the demo; -1 where it does not tell. */
static int show_kernel_rows(struct demo *demo)
{
	struct holders holders = {0};
	char local[ADDR_TEXT], peer[ADDR_TEXT];
	int rows = 0;

	if (holders_read(&holders, HOLDERS_TCP, demo->ports[1].number) < 0)
		return -1;
	for (int i = 0; i < demo->count; i++)
		for (size_t j = 0; j < holders.count; j++) {
			const struct holder *holder = &holders.list[j];
			const struct running *process = &demo->running[i];
			addr_print(&holder->peer, peer);
			if (holder->state != HOLDER_ESTABLISHED || process->program->server < 0 ||
			    strcmp(peer, process->peer) != 0)
				continue;
			show_connection(demo, addr_print(&holder->local, local), peer, process);
			rows++;
		}
	holders_free(&holders);
	return rows;
}

/* The connections whose source is shared: from the kernel, or else as the clients wrote. */
static void show_connections(struct demo *demo)
{
	int wanted = 0, rows;
	char text[VIEW_TEXT], row[VIEW_RESULT], expected[VIEW_RESULT];

	view_program(demo->show, NULL, NULL);
	view_line("");
	view_connections();
	rows = show_kernel_rows(demo);
	for (int i = 0; i < demo->count; i++) {
		const struct running *process = &demo->running[i];
		if (process->program->server < 0)
			continue;
		wanted++;
		if (rows < 0)
			show_connection(demo, process->local, process->peer, process);
	}
	if (rows < 0)
		rows = wanted;
	if (stop_wanted()) /* a terminal tells the processes, too */
		return;
	view_line("");
	snprintf(text, sizeof text, "connections from 127.0.0.1:%u", demo->ports[1].number);
	snprintf(row, sizeof row, "%d", rows);
	snprintf(expected, sizeof expected, "%d", wanted);
	const struct observation seen = {
	    .text = text, .result = row, .expected = expected, .as_expected = rows == wanted};
	view_observation(demo->show, &seen);
}

/* "127.0.0.1:3000"; false for a client that was not connected. */
static bool read_address(const char *text, union addr *addr)
{
	const char *port;
	const size_t len = addr_split(text, &port);
	unsigned number = 0;
	char why[ADDR_WHY];

	if (len == 0 || !port || addr_read(text, len, addr, why) != ADDR_NUMERIC ||
	    addr_read_port(port, false, &number, why) < 0)
		return false;
	addr_set_port(addr, number);
	return true;
}

/* Clients first, so that the TIME_WAITs are at their ends; and then those are ended. */
static void end_programs(struct demo *demo)
{
	call_hear *const trace = call_trace;
	union addr local = {0}, peer = {0};

	for (int i = demo->count - 1; i >= 0; i--)
		program_stop(&demo->running[i]);
	call_trace = NULL;
	for (int i = 0; i < demo->count; i++) {
		const struct running *process = &demo->running[i];
		if (process->program->server >= 0 && read_address(process->local, &local) &&
		    read_address(process->peer, &peer))
			timewait_end(&local, &peer, TIMEWAIT_US);
	}
	call_trace = trace;
}

static bool take_demo_ports(struct demo *demo)
{
	for (size_t i = 0; i < 3; i++)
		if (port_take(&demo->ports[i]) < 0) {
			report_call("bind", errno);
			while (i > 0)
				port_give_back(&demo->ports[--i]);
			return false;
		}
	return true;
}

void demo_run(struct show *show, const struct part *part)
{
	struct demo demo = {.show = show};
	bool goes_on = true;

	if (!take_demo_ports(&demo)) {
		show->outcome.broken = true;
		return;
	}
	if (crew_open(&demo.crew) < 0) {
		report_call("pipe", errno);
		show->outcome.broken = true;
	} else {
		for (int i = 0; i < EXPERIMENT_PROGRAMS && part->programs[i].name && goes_on; i++)
			goes_on = begin_program(&demo, &part->programs[i]);
		if (goes_on && !stop_wanted())
			show_connections(&demo);
		end_programs(&demo);
		crew_close(&demo.crew);
	}
	for (size_t i = 0; i < 3; i++)
		port_give_back(&demo.ports[i]);
}
