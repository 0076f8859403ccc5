/* The sockets of a port as a table: many alike of one process are one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/report.h"
#include "answer/sentences.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/wrap.h"
#include "words/who.h"

enum {
	COLUMNS = 6,
	CELL = 160,
	ROWS = 14, /* of a table, unless all are asked for */
	KEYS = 64,
};

/* More than so many of one process in one state are one line. */
static const size_t alike[REPORT_TIGHTEST + 1] = {5, 3, 1, 1};
static const size_t alike_listeners[REPORT_TIGHTEST + 1] = {5, 5, 5, 1};

/* Sockets of one process, or of none, in one state. */
struct key {
	enum holder_state state;
	bool udp;
	long pid;
	size_t count, shown, pending;
	int64_t left_ms; /* the longest */
};

static bool is_one_line(const struct key *key, unsigned tight)
{
	const size_t *most = key->state == HOLDER_LISTEN ? alike_listeners : alike;

	return key->count > most[tight] && !out_verbose();
}

struct row {
	char cells[COLUMNS][CELL];
	char note[96];
};

const char *report_note(const struct holder *holder, enum role role, char text[96])
{
	*text = 0;
	switch (role) {
	case ROLE_SELF:
		return "connected to itself";
	case ROLE_EPHEMERAL:
		return "from a port that the kernel picked (inferred)";
	case ROLE_PENDING:
		return "not accepted yet";
	case ROLE_REMNANT:
	case ROLE_SPENT:
		if (holder->left_ms >= 0)
			snprintf(text, 96, "%s%lld s left",
			    holder->state == HOLDER_FIN_WAIT2 ? "orphan, " : "",
			    sentences_seconds(holder->left_ms));
		return text;
	case ROLE_ORPHAN:
		snprintf(text, 96, "orphan: its process has closed it%s",
		    holder->shut ? "; the peer's receive window is closed" : "");
		return text;
	case ROLE_LISTENER:
		if (holder->queued > 0)
			snprintf(text, 96, "%u not accepted yet", holder->queued);
		return text;
	case ROLE_BOUND:
		return holder->udp ? "" : "only bound";
	case ROLE_ACCEPTED:
	case ROLE_ALONE:
	case ROLE_OUTGOING:
	case ROLE_COUNT:
		break;
	}
	return "";
}

size_t report_options(const struct holder *holder, const char *names[4])
{
	size_t n = 0;

	if (holder->reuseaddr == 1)
		names[n++] = option_name(OPTION_REUSEADDR);
	if (holder->reuseport == 1)
		names[n++] = option_name(OPTION_REUSEPORT);
	/* Bound to another address of IPv6 a socket has it without having asked. */
	if (holder->v6only == 1 && addr_is_any(&holder->local))
		names[n++] = option_name(OPTION_V6ONLY);
	if (holder->device)
		names[n++] = option_name(OPTION_DEVICE);
	return n;
}

static long pid_of(const struct holders *holders, const struct holder *holder)
{
	return holder->owner_count > 0 ? holder_process(holders, holder, 0)->pid : 0;
}

static void fill(
    const struct holders *holders, const struct holder *holder, enum role role, struct row *row)
{
	char text[ADDR_TEXT], who[WHO_TEXT], note[96];
	const char *names[4];

	*row = (struct row){0};
	snprintf(row->cells[0], CELL, "%s%s", holder->udp ? "UDP " : "",
	    holder_state_name(holder->state));
	sentences_local(holder, row->cells[1], CELL);
	snprintf(row->cells[2], CELL, "%s",
	    holder->peer.any.sa_family == AF_UNSPEC ? "-" : addr_print(&holder->peer, text));
	snprintf(row->cells[3], CELL, "%s", holder->uid >= 0 ? who_user(holder->uid) : "-");
	snprintf(row->cells[4], CELL, "%.150s",
	    holder->owner_count > 0 ||
		    (holder->inode && *who_place(holders_placement(holders, holder->place)))
		? who_text(holders, holder, who)
		: "-");
	const size_t n = report_options(holder, names);
	for (size_t i = 0; i < n; i++)
		text_add(row->cells[5], CELL, "%s%s", i ? " " : "", names[i]);
	if (n == 0)
		snprintf(row->cells[5], CELL, "%s",
		    holder->reuseaddr >= 0 ? "none"
		    : holder->inode        ? "not seen"
					   : "-");
	snprintf(row->note, sizeof row->note, "%s", report_note(holder, role, note));
}

static struct key *find_key(
    const struct holders *holders, const struct holder *holder, struct key keys[], size_t *count)
{
	const long pid = pid_of(holders, holder);

	for (size_t k = 0; k < *count; k++)
		if (keys[k].state == holder->state && keys[k].pid == pid &&
		    keys[k].udp == holder->udp)
			return &keys[k];
	if (*count == KEYS)
		return NULL;
	keys[*count] =
	    (struct key){.state = holder->state, .pid = pid, .udp = holder->udp, .left_ms = -1};
	return &keys[(*count)++];
}

/* "1800 ESTABLISHED (python3[12])", "200 TIME_WAIT (no process, 58 s left)". */
static void show_alike(
    const struct holders *holders, const struct holder *holder, const struct key *key)
{
	char who[WHO_TEXT], left[48] = "";

	if (key->left_ms >= 0)
		snprintf(left, sizeof left, ", %lld s left", sentences_seconds(key->left_ms));
	out_line("%zu %s%s (%s%s%s)", key->count, holder->udp ? "UDP " : "",
	    holder_state_name(holder->state),
	    holder->owner_count > 0 ? who_text(holders, holder, who)
	    : holder->inode         ? "process not seen"
				    : "no process",
	    key->pending == key->count ? ", not accepted yet" : "", left);
}

/* Where there is no room for all columns a row goes on in the next line, each with the same column. */
static void table_row(const struct row *row, const int widths[COLUMNS], const char *paint)
{
	const int last = out_width() - 1;
	int column = 0, pad = 0;

	out_start("%s", paint);
	for (size_t c = 0; c < COLUMNS; c++) {
		const int before = column + pad + (c > 0 ? 2 : 0);
		if (column > 2 && before + widths[c] > last) {
			out_line("%s", "");
			out_start("  ");
			column = 2;
		} else {
			out_start("%*s", before - column, "");
			column = before;
		}
		const int begin = column;
		column = wrap_words(column, row->cells[c], strlen(row->cells[c]), 2);
		pad = column - begin < widths[c] ? widths[c] - (column - begin) : 0;
	}
	if (*row->note) {
		out_start("  ");
		wrap_words(column + 2, row->note, strlen(row->note), 2);
	}
	out_line("%s", "");
	out_start("%s", out_paint(OUT_PLAIN));
}

/* The header, then row after row. Columns are as wide as they have to be. */
static void show_rows(const struct row rows[], size_t count)
{
	static const struct row header = {
	    {"STATE", "LOCAL", "PEER", "USER", "PROCESS", "OPTIONS"}, ""};
	int widths[COLUMNS];

	for (size_t c = 0; c < COLUMNS; c++) {
		widths[c] = (int)strlen(header.cells[c]);
		for (size_t i = 0; i < count; i++)
			if ((int)strlen(rows[i].cells[c]) > widths[c])
				widths[c] = (int)strlen(rows[i].cells[c]);
	}
	table_row(&header, widths, out_paint(OUT_DIM));
	for (size_t i = 0; i < count; i++)
		table_row(&rows[i], widths, out_paint(OUT_PLAIN));
}

void report_table(const struct holders *holders, const enum role roles[], const size_t index[],
    size_t count, unsigned tight)
{
	const size_t most = out_verbose() ? count : ROWS;
	struct key keys[KEYS];
	size_t key_count = 0, shown = 0, left_out = 0;
	struct row *rows = calloc(most + 1, sizeof *rows);

	if (!rows)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct holder *holder = &holders->list[index[i]];
		struct key *key = find_key(holders, holder, keys, &key_count);
		if (!key)
			continue;
		key->count++;
		key->pending += roles && roles[index[i]] == ROLE_PENDING;
		if (holder->left_ms > key->left_ms)
			key->left_ms = holder->left_ms;
	}
	for (size_t i = 0; i < count; i++) {
		const struct holder *holder = &holders->list[index[i]];
		const struct key *key = find_key(holders, holder, keys, &key_count);
		if (key && is_one_line(key, tight))
			continue;
		if (!key || shown == most)
			left_out++;
		else
			fill(holders, holder, roles ? roles[index[i]] : ROLE_COUNT, &rows[shown++]);
	}
	if (shown > 0)
		show_rows(rows, shown);
	free(rows);
	for (size_t i = 0; i < count; i++) {
		const struct holder *holder = &holders->list[index[i]];
		struct key *key = find_key(holders, holder, keys, &key_count);
		if (key && is_one_line(key, tight) && key->shown++ == 0)
			show_alike(holders, holder, key);
	}
	if (left_out > 0)
		out_line("and %zu more; -v shows them", left_out);
}
