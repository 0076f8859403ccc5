#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/stop.h"
#include "clock.h"
#include "cmd/experiment/part.h"
#include "os/crew.h"
#include "os/netns.h"
#include "tcp/errname.h"
#include "words/report.h"

enum { APART_LIFE_S = 60, APART_WAIT_US = 50000000 };

static const char setting[] = "net.ipv4.tcp_migrate_req";
static const char no_range[] =
    "this system cannot narrow the range of ports for one socket (IP_LOCAL_PORT_RANGE: Linux can from 6.3 on)";

static const char advice[] =
    ". Run it as root, or allow user namespaces: sudo sysctl user.max_user_namespaces=10000 "
    "kernel.unprivileged_userns_clone=1";

/* In the process apart: the network, and the steps in it. */
static void run_in_own_network(struct show *show, const struct part *part)
{
	const bool migrates = part->needs & NEED_MIGRATION;
	char text[VIEW_REASON];
	const char *call;

	if (netns_enter(&call) < 0) {
		const bool denied = errno == EPERM || errno == EACCES || errno == ENOSPC;
		snprintf(text, sizeof text,
		    "%s%sno network namespace of its own is available (%s: %s)%s",
		    migrates ? "" : no_range, migrates ? "" : ", and ", call, errname(errno),
		    denied ? advice : "");
		view_skip(show, text);
		return;
	}
	if (migrates && netns_tune(setting, "1") < 0) {
		snprintf(text, sizeof text, "%s cannot be set (%s): it needs a writable /proc/sys",
		    setting, errname(errno));
		view_skip(show, text);
		return;
	}
	if (migrates)
		snprintf(text, sizeof text, "sysctl %s=1, own network", setting);
	else
		snprintf(
		    text, sizeof text, "a separate network namespace: no IP_LOCAL_PORT_RANGE here");
	const struct observation set = {
	    .text = text, .result = "ok", .expected = "ok", .as_expected = true};
	view_observation(show, &set);
	steps_run(show, part, true);
}

/* Reads the outcome, which the process writes at its end. Returns false where it does not come: the
 * process was killed, or takes too long. */
static bool read_outcome(const struct show *show, int report, struct outcome *outcome)
{
	const int64_t until_us = clock_us() + APART_WAIT_US;
	char *const bytes = (char *)outcome;
	size_t len = 0;

	while (len < sizeof *outcome && !stop_wanted()) {
		struct pollfd fds[2] = {
		    {.fd = report, .events = POLLIN}, {.fd = show->stop, .events = POLLIN}};
		const int64_t left_us = until_us - clock_us();
		if (left_us <= 0)
			return false;
		if (poll(fds, 2, clock_poll_ms(left_us)) <= 0 || !fds[0].revents)
			continue;
		const ssize_t n = read(report, bytes + len, sizeof *outcome - len);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return false;
		len += n > 0 ? (size_t)n : 0;
	}
	return len == sizeof *outcome;
}

void apart_run(struct show *show, const struct part *part)
{
	struct crew crew;
	struct member member;
	struct outcome outcome;

	if (crew_open(&crew) < 0) {
		report_call("pipe", errno);
		show->outcome.broken = true;
		return;
	}
	switch (crew_fork(&crew, &member)) {
	case 1:
		alarm(APART_LIFE_S);
		show->stop = crew.stop;
		run_in_own_network(show, part);
		fflush(stdout);
		/* Less than a pipe holds; where nobody reads it nobody misses it. */
		_exit(write(member.report, &show->outcome, sizeof show->outcome) < 0);
	case 0:
		if (read_outcome(show, member.report, &outcome)) {
			show->outcome = outcome;
		} else if (!stop_wanted()) {
			kill(member.pid, SIGKILL);
			view_skip(
			    show, "the process in the separate network namespace did not exit");
		}
		crew_stop(&crew);
		crew_reap(&member);
		break;
	default:
		report_call(member.refused, errno);
		show->outcome.broken = true;
	}
	crew_close(&crew);
}
