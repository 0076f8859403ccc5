#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/apart.h"
#include "os/crew.h"
#include "os/netns.h"
#include "tcp/errname.h"
#include "tcp/trial.h"
#include "words/report.h"

enum {
	FIELDS = 5, /* of a record: kind, text, result, expected, whether as expected */
	RECORD = 1024,
	LIFE_S = 20,
	WAIT_US = 10000000,
};

static const char setting[] = "net.ipv4.tcp_migrate_req";

/* --- in the process apart --------------------------------------------------------------- */

/* A record: its fields, each ended by a NUL; in one write, less than PIPE_BUF. */
static void report_back(int report, const char *const fields[FIELDS])
{
	char record[RECORD];
	size_t len = 0;

	for (int i = 0; i < FIELDS; i++) {
		const size_t room = RECORD - len - (size_t)(FIELDS - i);
		const size_t n = strnlen(fields[i], room < 300 ? room : 300);
		memcpy(record + len, fields[i], n);
		record[len + n] = 0;
		len += n + 1;
	}
	/* Nobody there to hear: the stop descriptor tells, too. */
	if (write(report, record, len) < 0)
		return;
}

static void tell(void *who, const struct deed *deed)
{
	report_back(*(const int *)who,
	    (const char *[FIELDS]){"deed", deed->text, deed->result,
		deed->expected ? deed->expected : "", deed->as_expected ? "yes" : "no"});
}

static void draw(void *who, const char *text)
{
	report_back(*(const int *)who, (const char *[FIELDS]){"line", text, "", "", ""});
}

static void skip(void *who, const char *reason)
{
	report_back(*(const int *)who, (const char *[FIELDS]){"skip", reason, "", "", ""});
}

static int no_socket(void *who, const char *name)
{
	(void)who;
	(void)name;
	return -1;
}

static int64_t no_fact(void *who, enum stage_fact fact, unsigned port)
{
	(void)who;
	(void)fact;
	(void)port;
	return -1;
}

static void play_here(const struct scene *scene, int report, int stop)
{
	static const unsigned no_ports[TRIAL_PORTS] = {0};
	struct stage stage = {.who = &report,
	    .stop = stop,
	    .ports = no_ports,
	    .fd = no_socket,
	    .tell = tell,
	    .line = draw,
	    .skip = skip,
	    .fact = no_fact};
	char reason[RECORD / 2];
	const char *call;

	if (netns_enter(&call) < 0) {
		snprintf(reason, sizeof reason,
		    "no network namespace of its own to be had (%s: %s). Run it as root, or allow "
		    "user namespaces: sudo sysctl user.max_user_namespaces=10000 "
		    "kernel.unprivileged_userns_clone=1",
		    call, errname(errno));
		stage_skip(&stage, reason);
	} else if (netns_tune(setting, "1") < 0) {
		snprintf(reason, sizeof reason,
		    "%s cannot be set (%s): it needs Linux 5.14, and a /proc/sys that can be written",
		    setting, errname(errno));
		stage_skip(&stage, reason);
	} else {
		stage_tell(&stage, "ok", "ok", "sysctl %s=1, own network", setting);
	}
	for (size_t i = 0; i < EXPERIMENT_ACTS && !stage.over; i++)
		if (scene->acts[i].drive)
			scene->acts[i].drive(&stage);
}

/* --- in the first process --------------------------------------------------------------- */

/* The field that begins at `*at`, which moves on to the one behind it. */
static const char *next_field(const char **at)
{
	const char *const field = *at;

	*at += strlen(field) + 1;
	return field;
}

/* Shows a record, which is whole. */
static void show_record(struct show *show, const char *at)
{
	const char *const kind = next_field(&at), *const text = next_field(&at);
	const char *const result = next_field(&at), *const expected = next_field(&at);
	const struct deed deed = {.text = text,
	    .result = result,
	    .expected = *expected ? expected : NULL,
	    .as_expected = !strcmp(at, "yes")};

	if (!strcmp(kind, "deed"))
		view_deed(show, &deed);
	else if (!strcmp(kind, "line"))
		view_line(show, text);
	else if (!strcmp(kind, "skip"))
		view_skip(show, text);
}

/* Shows the whole records in said[0..len). Returns how many bytes they were. */
static size_t show_records(struct show *show, const char *said, size_t len)
{
	size_t done = 0;

	for (;;) {
		const char *at = said + done;
		for (int i = 0; i < FIELDS; i++) {
			const char *const end = memchr(at, 0, len - (size_t)(at - said));
			if (!end)
				return done;
			at = end + 1;
		}
		show_record(show, said + done);
		done = (size_t)(at - said);
	}
}

/* Until the process apart has ended. */
static void hear_out(struct show *show, struct member *member)
{
	const int64_t until_us = clock_us() + WAIT_US;
	char said[4 * RECORD];
	size_t len = 0;

	while (!stop_wanted()) {
		struct pollfd fds[2] = {
		    {.fd = member->report, .events = POLLIN}, {.fd = show->stop, .events = POLLIN}};
		const int64_t left_us = until_us - clock_us();
		if (left_us <= 0) {
			kill(member->pid, SIGKILL);
			view_skip(show, "it did not end");
			return;
		}
		if (poll(fds, 2, clock_poll_ms(left_us)) <= 0 || !fds[0].revents)
			continue;
		const ssize_t n = read(member->report, said + len, sizeof said - len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return;
		len += (size_t)n;
		const size_t done = show_records(show, said, len);
		len -= done;
		memmove(said, said + done, len);
	}
}

void apart_play(struct show *show, const struct scene *scene)
{
	struct crew crew;
	struct member member;

	if (crew_open(&crew) < 0) {
		report_call(show->common, "pipe", errno);
		show->broken = true;
		return;
	}
	fflush(stdout);
	switch (crew_fork(&crew, &member)) {
	case 1:
		alarm(LIFE_S);
		play_here(scene, member.report, crew.stop);
		_exit(0);
	case 0:
		hear_out(show, &member);
		crew_stop(&crew);
		crew_reap(&member);
		break;
	default:
		report_call(show->common, crew_refused(errno), errno);
		show->broken = true;
	}
	crew_close(&crew);
}
