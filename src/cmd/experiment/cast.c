#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_read.h"
#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/cast.h"
#include "cmd/experiment/player.h"
#include "os/holder.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/timewait.h"
#include "words/report.h"

enum {
	WORDS = PLAYER_WORDS,
	COMMAND_TEXT = 160,
	WAIT_US = 20000000, /* for the next thing that a process should do */
	EVENT = 16,
	LINES_MOST = 2000, /* that a process may say while it is awaited */
};

struct cast {
	struct show *show;
	const struct scene *scene;
	struct crew crew;
	struct port ports[3]; /* P, Q, R */
	struct player players[EXPERIMENT_ROLES];
	int count;
};

/* --- words ------------------------------------------------------------------------------ */

/* The words of a role's command, letters and LAN filled in, into text; words[] points there. */
static int write_words(
    const struct cast *cast, const struct role *role, char text[COMMAND_TEXT], char *words[WORDS])
{
	static const char letters[] = "PQR";
	char copy[COMMAND_TEXT], *rest = NULL;
	size_t len = 0;
	int n = 0;

	snprintf(copy, sizeof copy, "%s", role->command);
	for (char *word = strtok_r(copy, " ", &rest); word && n < WORDS - 1;
	     word = strtok_r(NULL, " ", &rest)) {
		const char *letter = word[1] ? NULL : strchr(letters, *word);
		words[n++] = text + len;
		if (letter)
			len += (size_t)snprintf(text + len, COMMAND_TEXT - len, "%u",
				   cast->ports[letter - letters].number) +
			       1;
		else
			len += (size_t)snprintf(text + len, COMMAND_TEXT - len, "%s",
				   !strcmp(word, "LAN") ? cast->show->lan : word) +
			       1;
	}
	words[n] = NULL;
	return n;
}

/* --- what they do ----------------------------------------------------------------------- */

/* A call as --explain writes it: "bind(3, 127.0.0.1:3000) = 0". Returns false where it is none. */
static bool show_call(struct cast *cast, const struct player *player, char *line)
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
	if (!strncmp(line, "setsockopt", 10) && !strstr(line, "SO_REUSE") && ok &&
	    !cast->show->common->json && !cast->show->common->verbose)
		return true;
	/* The demo's server asks for the next one until there is none: no refusal. */
	const char *error = ok ? "" : value + strcspn(value, " ") + 1;
	if (!strncmp(line, "accept", 6) && !strcmp(error, "EAGAIN"))
		return true;
	const struct deed deed = {
	    .text = line, .result = ok ? "ok" : error, .expected = "ok", .as_expected = ok};
	view_speaker(cast->show, player->role->name, NULL);
	view_deed(cast->show, &deed);
	return true;
}

/* Shows what the process does until it tells of `event`. Returns whether it did. */
static bool await(struct cast *cast, struct player *player, const char *event)
{
	const int64_t until_us = clock_us() + WAIT_US;
	char line[PLAYER_ROOM], name[EVENT];
	struct jsonin wanted[] = {{"event", name, sizeof name},
	    {"local", player->local, sizeof player->local},
	    {"peer", player->peer, sizeof player->peer}};

	for (int i = 0; i < LINES_MOST; i++) {
		const int taken = player_line(player, until_us, cast->show->stop, line);
		if (taken <= 0) {
			if (stop_wanted())
				return false;
			const struct deed deed = {.text = taken == 0 ? "it ended" : "it is silent",
			    .result = taken == 0 ? "ended" : "silent",
			    .expected = event};
			view_speaker(cast->show, player->role->name, NULL);
			view_deed(cast->show, &deed);
			return false;
		}
		if (show_call(cast, player, line))
			continue;
		if (*line != '{') {
			view_line(cast->show, line); /* a complaint */
			continue;
		}
		/* A heartbeat has no addresses; those of the connection are kept. */
		const bool keeps = !strcmp(event, "beat");
		if (jsonin_read(line, strlen(line), wanted, keeps ? 1 : 3) == 0 &&
		    !strcmp(name, event))
			return true;
	}
	return false;
}

/* --- the play --------------------------------------------------------------------------- */

static void tell_echo(struct cast *cast, const struct player *client)
{
	const char *data = strrchr(client->role->command, ' ') + 1;
	char text[COMMAND_TEXT];

	snprintf(text, sizeof text, "\"%s\" sent, and back", data);
	const struct deed deed = {
	    .text = text, .result = "ok", .expected = "ok", .as_expected = true};
	view_speaker(cast->show, client->role->name, NULL);
	view_deed(cast->show, &deed);
}

static bool enter(struct cast *cast, const struct role *role)
{
	char text[COMMAND_TEXT], *words[WORDS], command[COMMAND_TEXT + 16] = "$ reuse";

	for (int i = 0, n = write_words(cast, role, text, words); i < n; i++) {
		const size_t len = strlen(command);
		snprintf(command + len, sizeof command - len, " %s", words[i]);
	}
	view_speaker(cast->show, role->name, command);
	if (player_begin(&cast->crew, cast->players, cast->count, role, words) < 0) {
		report_call(cast->show->common, crew_refused(errno), errno);
		cast->show->broken = true;
		return false;
	}
	struct player *player = &cast->players[cast->count++];
	if (role->server < 0)
		return await(cast, player, "listening");
	if (!await(cast, player, "connected") ||
	    !await(cast, &cast->players[role->server], "opened") || !await(cast, player, "beat"))
		return false;
	tell_echo(cast, player);
	return true;
}

static void show_row(
    struct cast *cast, const char *local, const char *peer, const struct player *player)
{
	char text[STAGE_TEXT];

	if (cast->show->common->json) {
		snprintf(text, sizeof text, "%s -> %s", local, peer);
		const struct deed deed = {
		    .text = text, .result = "ESTABLISHED", .as_expected = true};
		view_deed(cast->show, &deed);
		return;
	}
	snprintf(text, sizeof text, "%-21s %-12s %s, pid %ld", peer, "ESTABLISHED",
	    player->role->name, (long)player->member.pid);
	view_connection(cast->show, local, text);
}

/* The rows that the kernel has, in the order of the cast; -1 where it does not tell. */
static int rows_of_kernel(struct cast *cast)
{
	struct holders holders = {0};
	char local[ADDR_TEXT], peer[ADDR_TEXT];
	int rows = 0;

	if (holders_read(&holders, cast->ports[1].number) < 0)
		return -1;
	for (int i = 0; i < cast->count; i++)
		for (size_t j = 0; j < holders.count; j++) {
			const struct holder *holder = &holders.list[j];
			const struct player *player = &cast->players[i];
			addr_print(&holder->peer, peer);
			if (holder->state != HOLDER_ESTABLISHED || player->role->server < 0 ||
			    strcmp(peer, player->peer) != 0)
				continue;
			show_row(cast, addr_print(&holder->local, local), peer, player);
			rows++;
		}
	holders_free(&holders);
	return rows;
}

/* The connections whose source is shared: from the kernel, or else as the clients told of them. */
static void show_table(struct cast *cast)
{
	int wanted = 0, rows;
	char text[STAGE_TEXT], row[STAGE_RESULT], expected[STAGE_RESULT];

	view_speaker(cast->show, NULL, NULL);
	view_line(cast->show, "");
	snprintf(
	    text, sizeof text, "%-21s %-21s %-12s %s", "SOURCE", "DESTINATION", "STATE", "WHO");
	view_line(cast->show, text);
	rows = rows_of_kernel(cast);
	for (int i = 0; i < cast->count; i++) {
		const struct player *player = &cast->players[i];
		if (player->role->server < 0)
			continue;
		wanted++;
		if (rows < 0)
			show_row(cast, player->local, player->peer, player);
	}
	if (rows < 0)
		rows = wanted;
	if (stop_wanted()) /* a terminal tells the processes, too */
		return;
	view_line(cast->show, "");
	snprintf(text, sizeof text, "connections from 127.0.0.1:%u", cast->ports[1].number);
	snprintf(row, sizeof row, "%d", rows);
	snprintf(expected, sizeof expected, "%d", wanted);
	const struct deed deed = {
	    .text = text, .result = row, .expected = expected, .as_expected = rows == wanted};
	view_deed(cast->show, &deed);
}

/* "127.0.0.1:3000"; false for a client that was not connected. */
static bool read_end(const char *text, union addr *addr)
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
static void leave(struct cast *cast)
{
	call_hear *const trace = call_trace;
	union addr local = {0}, peer = {0};

	for (int i = cast->count - 1; i >= 0; i--)
		player_end(&cast->players[i]);
	call_trace = NULL;
	for (int i = 0; i < cast->count; i++) {
		const struct player *player = &cast->players[i];
		if (player->role->server >= 0 && read_end(player->local, &local) &&
		    read_end(player->peer, &peer))
			timewait_end(&local, &peer, TIMEWAIT_US);
	}
	call_trace = trace;
}

static bool take_ports(struct cast *cast)
{
	for (size_t i = 0; i < 3; i++)
		if (port_take(&cast->ports[i]) < 0) {
			report_call(cast->show->common, "bind", errno);
			while (i > 0)
				port_give_back(&cast->ports[--i]);
			return false;
		}
	return true;
}

void cast_play(struct show *show, const struct scene *scene)
{
	struct cast cast = {.show = show, .scene = scene};
	bool goes_on = true;

	if (!take_ports(&cast)) {
		show->broken = true;
		return;
	}
	if (crew_open(&cast.crew) < 0) {
		report_call(show->common, "pipe", errno);
		show->broken = true;
	} else {
		for (int i = 0; i < EXPERIMENT_ROLES && scene->roles[i].name && goes_on; i++)
			goes_on = enter(&cast, &scene->roles[i]);
		if (goes_on && !stop_wanted())
			show_table(&cast);
		leave(&cast);
		crew_close(&cast.crew);
	}
	for (size_t i = 0; i < 3; i++)
		port_give_back(&cast.ports[i]);
}
