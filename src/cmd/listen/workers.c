#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/turn.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/listen/workers.h"
#include "os/process.h"
#include "os/sandbox.h"
#include "os/service.h"
#include "words/report.h"

enum {
	GRACE_US = 500000, /* for a worker to end once its own time is up */
};

/* Where a worker works, and another after it. */
struct post {
	struct member member; /* report -1: nobody works here now */
	int64_t began_us;
	int64_t again_us; /* when the next one begins, while nobody works here */
};

struct house {
	struct serving serving;
	const int *fds;
	unsigned workers;
	bool pin;
	struct crew crew;
	struct echo_share *share; /* in memory that all processes share, */
	struct served *served;    /* as these */
	struct post *posts;
	/* a report each, then the stop descriptor and the one of interim_open */
	struct pollfd *polls;
};

/* In the worker. */
static int work(const struct house *house, unsigned at)
{
	struct serving serving = house->serving;

	writer_forked();
	for (unsigned i = 0; i < house->workers; i++) {
		if (i != at)
			close(house->fds[i]);
		if (i != at && house->posts[i].member.report >= 0)
			close(house->posts[i].member.report);
	}
	if (house->pin)
		cpu_pin(at); /* where it cannot be pinned it still serves */
	/* SIGTERM ends this worker in order, and it is replaced. */
	serving.plan.stop[0] = house->crew.stop;
	serving.plan.stop[1] = stop_open(STATUS_OK);
	signal(SIGINT, SIG_IGN);
	serving.worker = (int)at;
	if (serving.notify >= 0)
		close(serving.notify);
	serving.notify = SERVICE_NONE; /* the first process speaks for all */
	serving.workers = house->workers;
	serving.crew = &house->crew;
	serving.served = &house->served[at];
	serving.interim = -1;
	serving.plan.share = house->share;
	serving.plan.part = at;
	if (serving.sandbox)
		sandbox_narrow();
	return serve(&serving, &house->fds[at], 1);
}

/* Puts a worker to its post; one that cannot be had now is tried again. */
static int man(struct house *house, unsigned at)
{
	struct post *post = &house->posts[at];

	switch (crew_fork(&house->crew, &post->member)) {
	case 1:
		_exit(work(house, at));
	case 0:
		post->began_us = clock_us();
		return 0;
	}
	report_call(post->member.refused, errno);
	post->member.report = -1;
	post->again_us = clock_us() + SECOND_US;
	return -1;
}

/* Takes in one that has ended. Returns its status. */
static int reap_worker(struct post *post)
{
	const long pid = (long)post->member.pid;
	const int status = crew_reap(&post->member);

	turn_bury(pid);
	return status;
}

/* A worker is gone. Returns false where that is the end of all. */
static bool lose(struct house *house, unsigned at)
{
	struct post *post = &house->posts[at];
	const long pid = (long)post->member.pid;
	const int status = reap_worker(post);

	echo_share_bury(
	    house->share, at); /* it did not give its places back itself, if it was killed */
	if (WIFEXITED(status) && WEXITSTATUS(status) == SERVE_UNHEARD)
		return false;
	if (WIFSIGNALED(status))
		say("worker %u (process %ld) was killed by signal %d, another one takes its place",
		    at, pid, WTERMSIG(status));
	else
		say("worker %u (process %ld) ended, another one takes its place", at, pid);
	/* One that dies young would die again: not more than one a second. */
	post->again_us = clock_us();
	if (post->again_us - post->began_us < SECOND_US)
		post->again_us = post->began_us + SECOND_US;
	return true;
}

/* Fills the posts whose time has come. Returns how long to wait for the next, in milliseconds. */
static int fill_posts(struct house *house)
{
	int64_t next_us = -1;

	for (unsigned i = 0; i < house->workers; i++) {
		struct post *post = &house->posts[i];
		if (post->member.report < 0 && post->again_us <= clock_us())
			man(house, i);
		if (post->member.report < 0 && (next_us < 0 || post->again_us < next_us))
			next_us = post->again_us;
	}
	return next_us < 0 ? -1 : clock_poll_ms(next_us - clock_us());
}

/* Waits for reports. Returns how many descriptors are ready, -1 with errno. */
static int wait_for_news(struct house *house, int wait_ms)
{
	for (unsigned i = 0; i < house->workers; i++)
		house->polls[i] =
		    (struct pollfd){.fd = house->posts[i].member.report, .events = POLLIN};
	return poll(house->polls, house->workers + 2, wait_ms);
}

/* Until told to stop. Returns an enum status. */
static int watch_over(struct house *house)
{
	struct notices notices = {.ready_due = true};

	for (;;) {
		const int wait_ms = listen_view_wait_ms(fill_posts(house));
		const int n =
		    wait_for_news(house, serve_wait_ms(&house->serving, &notices, wait_ms));
		if (n < 0 && errno != EINTR) {
			report_call("poll", errno);
			return STATUS_FAIL;
		}
		/* A signal for all of them may be heard of by the workers' ends first. */
		if ((n > 0 && house->polls[house->workers].revents) || stop_wanted())
			return STATUS_OK;
		if (interim_asked()) {
			serve_count_drops(
			    house->served, house->workers, house->fds, house->workers);
			serve_summary(&house->serving, house->served, house->workers);
		}
		for (unsigned i = 0; n > 0 && i < house->workers; i++)
			if (house->polls[i].revents && !lose(house, i))
				return STATUS_OK;
	}
}

/* Collects those that have ended, until `until_us`. Returns how many are left; writes an enum status other than
 * STATUS_OK where one failed. */
static unsigned collect_worker(struct house *house, int64_t until_us, int *status)
{
	unsigned left;

	for (;;) {
		left = 0;
		for (unsigned i = 0; i < house->workers; i++)
			left += house->posts[i].member.report >= 0;
		const int left_ms = clock_poll_ms(until_us - clock_us());
		house->polls[house->workers].fd = -1;
		if (left == 0 ||
		    (wait_for_news(house, listen_view_wait_ms(left_ms)) == 0 && left_ms == 0))
			return left;
		for (unsigned i = 0; i < house->workers; i++) {
			if (!house->polls[i].revents)
				continue;
			const int end = reap_worker(&house->posts[i]);
			/* One that the signal met before it was at its post is no failure. */
			if (WIFSIGNALED(end) && WTERMSIG(end) == SIGTERM)
				continue;
			if (!WIFEXITED(end) || WEXITSTATUS(end) == STATUS_FAIL)
				*status = STATUS_FAIL;
		}
	}
}

/* Tells all to stop, and waits until they have. Who does not by `until_us` (a stopped one) is killed. */
static int dismiss(struct house *house, int64_t until_us)
{
	int status = STATUS_OK;

	crew_stop(&house->crew);
	for (unsigned i = 0; i < house->workers; i++)
		close(house->fds[i]); /* the workers close theirs: nobody listens any more */
	if (collect_worker(house, until_us, &status) > 0)
		for (unsigned i = 0; i < house->workers; i++)
			if (house->posts[i].member.report >= 0) {
				crew_kill(&house->posts[i].member);
				reap_worker(&house->posts[i]);
			}
	return status;
}

/* Returns 0, or -1 with errno, and the call that failed in `*call`. */
static int open_house(struct house *house, const char **call)
{
	const size_t share_size = echo_share_size(house->workers);

	*call = "malloc";
	house->posts = calloc(house->workers, sizeof *house->posts);
	house->polls = calloc(house->workers + 2, sizeof *house->polls);
	if (!house->posts || !house->polls)
		return -1;
	for (unsigned i = 0; i < house->workers; i++)
		house->posts[i].member.report = -1;
	*call = "mmap";
	house->share = mmap(NULL, share_size + house->workers * sizeof *house->served,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (house->share == MAP_FAILED)
		return -1;
	echo_share_begin(house->share, house->workers);
	house->served = (struct served *)(void *)((char *)house->share + share_size);
	writer_share();
	*call = "pipe";
	return crew_open(&house->crew);
}

int crew_serve(const struct serving *serving, const int fds[], unsigned workers, int stop, bool pin,
    struct served served[])
{
	struct house house = {.serving = *serving, .fds = fds, .workers = workers, .pin = pin};
	const char *call;

	if (open_house(&house, &call) < 0) {
		report_call(call, errno);
		free(house.posts);
		free(house.polls);
		return STATUS_FAIL;
	}
	serve_announce(serving, fds, 1); /* all on one address and port */
	house.polls[workers] = (struct pollfd){.fd = stop, .events = POLLIN};
	house.polls[workers + 1] = (struct pollfd){.fd = serving->interim, .events = POLLIN};
	int status = watch_over(&house);
	out_after_interrupt(stop_wanted());
	const int64_t until_us = clock_us() + serving->drain_us;
	serve_count_drops(house.served, workers, fds, workers);
	serve_stopping(serving);
	if (dismiss(&house, until_us + GRACE_US) != STATUS_OK)
		status = STATUS_FAIL;
	writer_wait_until(until_us);
	for (unsigned i = 0; i < workers; i++)
		served[i] = house.served[i];
	crew_close(&house.crew);
	free(house.posts);
	free(house.polls);
	return status;
}
