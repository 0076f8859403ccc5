#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "cmd/experiment/lesson.h"
#include "cmd/experiment/stage.h"
#include "tcp/call.h"
#include "tcp/port.h"
#include "tcp/share.h"

enum {
	THOUSAND = 1000,
	COST_MOST = 5, /* thousands of sockets */
	COST_FEWEST = 3,
	SPARE = 100, /* descriptors for everything else, as stage_room has it */
	LOOK = 64,   /* binds between two looks at `stop` */
	COST_BAR = 32,
	RATIO = 3,
	BIND_WALKS = VERSION_OF(6, 8, 0),
};

/* What a bind costs among so many thousand others: medians, for a pause of the machine is no cost. */
struct series {
	int64_t median_ns[COST_MOST];
	int thousands;
};

static int compare_ns(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Binds so many sockets to one address and port. Returns false where one is refused, or when told to
 * stop. */
static bool measure_binds(struct stage *stage, struct series *series, bool reuseport)
{
	static int fds[COST_MOST * THOUSAND];
	static int64_t took_ns[THOUSAND];
	const int count = series->thousands * THOUSAND;
	const union addr nowhere = {.any.sa_family = AF_UNSPEC};
	struct port port = {0};
	struct fault fault = {0};
	int n = 0;

	if (port_take(&port) < 0) {
		stage_ok(stage, -1, "a free port");
		return false;
	}
	const union addr here = addr_loopback(AF_INET, port.number);
	while (n < count && (n % LOOK || !stage_over(stage))) {
		fds[n] = stage_socket(&nowhere, share_both, reuseport ? SHARE_BOTH : 1, &fault);
		if (fds[n] < 0)
			break;
		const int64_t began_ns = clock_ns();
		const int result = bind(fds[n], &here.any, addr_len(&here));
		took_ns[n % THOUSAND] = clock_ns() - began_ns;
		n++;
		if (result < 0) {
			fault_set(&fault, CALL_BIND);
			break;
		}
		if (n % THOUSAND == 0) {
			qsort(took_ns, THOUSAND, sizeof *took_ns, compare_ns);
			series->median_ns[n / THOUSAND - 1] = took_ns[THOUSAND / 2];
		}
	}
	for (int i = 0; i < n; i++)
		call_close(fds[i]);
	port_give_back(&port);
	if (stage_over(stage))
		return false;
	errno = fault.error;
	return stage_ok(stage, fault.at == CALL_NONE ? 0 : -1, "%d x bind 127.0.0.1:%u reuseaddr%s",
	    count, addr_port(&here), reuseport ? " reuseport" : "");
}

static double ns_to_us(int64_t ns)
{
	return (double)ns / 1000;
}

/* The longest of a series, or `most` where that is longer. */
static int64_t longest_median(const struct series *series, int64_t most)
{
	for (int i = 0; i < series->thousands; i++)
		if (series->median_ns[i] > most)
			most = series->median_ns[i];
	return most;
}

static void show_series(struct stage *stage, const struct series *one, const struct series *both)
{
	static const char bar[COST_BAR + 1] = "################################";
	const int64_t most = longest_median(one, longest_median(both, 1));

	stage_line(stage, "%s", "");
	stage_line(
	    stage, "one bind among   SO_REUSEADDR alone %*s and SO_REUSEPORT", COST_BAR - 8, "");
	for (int i = 0; i < one->thousands; i++)
		stage_line(stage, "%5d to %5d  %7.1f us %-*.*s %5.1f us %.*s", i * THOUSAND,
		    (i + 1) * THOUSAND, ns_to_us(one->median_ns[i]), COST_BAR,
		    (int)(one->median_ns[i] * COST_BAR / most), bar, ns_to_us(both->median_ns[i]),
		    (int)(both->median_ns[i] * COST_BAR / most), bar);
	stage_line(stage, "%s", "");
}

static void judge_series(
    struct stage *stage, const struct series *series, bool grows, const char *name)
{
	const double ratio = (double)series->median_ns[series->thousands - 1] /
			     (double)(series->median_ns[0] ? series->median_ns[0] : 1);
	const bool steep = ratio >= (double)RATIO;
	char text[VIEW_RESULT];

	snprintf(text, sizeof text, "%.1f", ratio);
	stage_judge(stage, !stage_linux("") || steep == grows,
	    stage_linux(grows ? "3 or more" : "less than 3"), text, "last thousand to first, %s",
	    name);
}

/* `grows`: whether a bind with SO_REUSEADDR alone is expected to take longer and longer. */
static void compare_binds(struct stage *stage, bool grows)
{
	const long room = sysconf(_SC_OPEN_MAX); /* -1: there is no limit */
	const long thousands = room < 0 ? COST_MOST : (room - SPARE) / THOUSAND;
	struct series one = {.thousands = thousands > COST_MOST ? COST_MOST : (int)thousands};
	struct series both = one;

	if (!stage_room(stage, COST_FEWEST * THOUSAND) || !measure_binds(stage, &one, false) ||
	    !measure_binds(stage, &both, true))
		return;
	show_series(stage, &one, &both);
	judge_series(stage, &one, grows, "SO_REUSEADDR alone");
	judge_series(stage, &both, false, "and SO_REUSEPORT");
}

static void bind_cost_grows(struct stage *stage)
{
	compare_binds(stage, true);
}

static void bind_cost_stays(struct stage *stage)
{
	compare_binds(stage, false);
}

const struct experiment experiment_bind_cost = {
    .number = 13,
    .name = "bind-cost",
    .headline = "SO_REUSEADDR alone makes bind slow, on Linux from 6.8",
    .about =
	"Both options let thousands of sockets share one address and port. But with SO_REUSEADDR "
	"alone Linux 6.8 and later walk through all sockets on the port at each bind, to check "
	"for a conflict; with SO_REUSEPORT they remember that all may share. With a hundred "
	"sockets nobody notices. A proxy or load generator with tens of thousands of connections "
	"from one source spends its time in bind.",
    .by_hand =
	{
	    "1$ ulimit -n 8192",
	    "1$ binds() { seq -f \"s%g bind 127.0.0.1:P $1\" 5000; }",
	    "1$ time binds reuseaddr | reuse try - >/dev/null",
	    "1$ time binds 'reuseaddr reuseport' | reuse try - >/dev/null",
	},
    .parts =
	{
	    {
		.title = "Thousands of sockets on one address and port",
		.needs = NEED_NO_CONNECT,
		.question =
		    {
			.text =
			    "The first thousand sockets share a port with SO_REUSEADDR. How much "
			    "longer does a bind take in the fifth thousand?",
			.answers = {"the same", "half as long again", "three times and more"},
			.right = 2,
		    },
		.since = BIND_WALKS,
		.steps = {{.run = bind_cost_grows}},
	    },
	    {
		.title = "Thousands of sockets on one address and port, before Linux 6.8",
		.needs = NEED_NO_CONNECT,
		.question =
		    {
			.text =
			    "The first thousand sockets share a port with SO_REUSEADDR. How much "
			    "longer does a bind take in the fifth thousand, on this kernel?",
			.answers = {"the same", "half as long again", "three times and more"},
			.right = 0,
		    },
		.until = BIND_WALKS,
		.steps = {{.run = bind_cost_stays}},
		.lesson = "This kernel does not walk through them; one from 6.8 on does.",
	    },
	},
    .remember = "Where many sockets share a source, set SO_REUSEPORT too, and bind stays fast.",
};
