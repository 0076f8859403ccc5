#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "answer/report.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "cmd/why/shared.h"
#include "tcp/errname.h"

static void shared_event(const struct findings *findings, size_t from, size_t to)
{
	const struct holders *holders = &findings->holders;
	char text[ADDR_TEXT], note[96];

	json_open("shared");
	json_text("local", addr_print(&holders->list[from].local, text));
	json_list("holders");
	for (size_t i = from; i < to; i++) {
		json_object(NULL);
		report_holder(holders, &holders->list[i],
		    report_note(&holders->list[i], findings->roles[i], note), false);
		json_close();
	}
	json_close();
	json_end();
}

/* The sockets [from, to) share one local address and port. */
static void show_group(const struct findings *findings, size_t from, size_t to)
{
	const struct holders *holders = &findings->holders;
	size_t *index = malloc((to - from) * sizeof *index);
	char text[ADDR_TEXT];

	out_line("%s%s%s, %zu sockets", out_paint(OUT_MAGENTA),
	    addr_print(&holders->list[from].local, text), out_paint(OUT_PLAIN), to - from);
	for (size_t i = from; index && i < to; i++)
		index[i - from] = i;
	if (index && !out_quiet())
		report_table(holders, findings->roles, index, to - from, 0);
	free(index);
}

static void untold(int error)
{
	char text[160];

	if (error == ENOTSUP)
		snprintf(text, sizeof text,
		    "who holds which port: reuse cannot find out on this system; 'lsof -nP -iTCP' may show it");
	else
		snprintf(text, sizeof text,
		    "who holds which port: the kernel does not show it (%s)", errname(error));
	if (!out_json()) {
		out_line("unseen: %s", text);
		return;
	}
	json_open("unseen");
	json_text("text", text);
	json_text("basis", "observed");
	json_end();
}

int shared_show(bool bind)
{
	struct findings findings;

	if (findings_read_shared(&findings, bind) < 0) {
		untold(errno);
		return STATUS_FAIL;
	}
	const struct holders *holders = &findings.holders;
	for (size_t i = 0, end; i < holders->count && !out_lost() && !stop_wanted(); i = end) {
		for (end = i + 1; end < holders->count; end++)
			if (!addr_same(&holders->list[i].local, &holders->list[end].local))
				break;
		if (out_json())
			shared_event(&findings, i, end);
		else
			show_group(&findings, i, end);
	}
	if (!out_json() && holders->count == 0)
		out_line(holders->bound_error
			     ? "no two sockets that this kernel lists share a local "
			       "address and port now; it does not list all"
			     : "no two sockets share a local address and port now");
	findings_free(&findings);
	return STATUS_OK;
}
