#include <errno.h>

#include "cli/command.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "cli/writer.h"
#include "clock.h"
#include "cmd/listen/serve.h"
#include "os/service.h"
#include "tcp/option.h"
#include "tcp/ready.h"
#include "words/report.h"

enum { LOOK_AROUND_MS = 100 };

/* Copies the echo's sums, on top of what an earlier worker in this place has left. */
static void sum_up(const struct echo *echo, struct served *served, const struct served *before)
{
	served->connections = before->connections + echo_connections(echo);
	served->bytes = before->bytes + echo_bytes(echo);
}

/* Sends back what was read, until `until_us` and as long as there is somebody to end for. */
static void drain(const struct serving *serving, struct listen_view *view, int64_t until_us)
{
	echo_stop(view->echo);
	while (!echo_over(view->echo)) {
		const int left_ms = clock_poll_ms(until_us - clock_us());
		if (left_ms == 0 || (serving->crew && crew_orphaned(serving->crew)))
			break;
		if (echo_turn(view->echo, left_ms < LOOK_AROUND_MS ? left_ms : LOOK_AROUND_MS) < 0)
			break;
		listen_view_turn(view);
	}
	echo_abandon(view->echo);
}

void serve_announce(const struct serving *serving, const int fds[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		listen_view_listening(fds[i], serving->v6only);
}

static int shorter_ms(int left_ms, int wait_ms)
{
	return wait_ms < 0 || left_ms < wait_ms ? left_ms : wait_ms;
}

int serve_wait_ms(const struct serving *serving, struct notices *notices, int wait_ms)
{
	const int64_t every_us = serving->watchdog_us / 2,
		      now = serving->watchdog_us ? clock_us() : 0;

	if (serving->notify < 0)
		return wait_ms;
	if (notices->ready_due) {
		const bool told = service_tell(serving->notify, "READY=1") == 0;
		notices->ready_due = !told && errno == EAGAIN;
		if (notices->ready_due)
			wait_ms = shorter_ms(LOOK_AROUND_MS, wait_ms);
		else if (!told)
			report_call("NOTIFY_SOCKET: send", errno);
	}
	if (!serving->watchdog_us)
		return wait_ms;
	if (now - notices->well_us >= every_us) {
		/* One that is lost leaves time for another. */
		service_tell(serving->notify, "WATCHDOG=1");
		notices->well_us = now;
	}
	return shorter_ms(clock_poll_ms(notices->well_us + every_us - now), wait_ms);
}

void serve_count_drops(struct served served[], unsigned workers, const int fds[], unsigned count)
{
	for (unsigned i = 0; i < (workers ? workers : 1); i++)
		served[i].dropped = 0;
	for (unsigned i = 0; i < count; i++) {
		struct served *one = &served[workers ? i : 0];
		const int64_t drops = option_drops(fds[i]);

		one->dropped = drops < 0 || one->dropped < 0 ? -1 : one->dropped + drops;
	}
}

void serve_summary(const struct serving *serving, const struct served served[], unsigned workers)
{
	struct served all = {0};

	for (unsigned i = 0; i < (workers ? workers : 1); i++) {
		all.connections += served[i].connections;
		all.bytes += served[i].bytes;
		all.dropped = served[i].dropped < 0 ? -1 : all.dropped + served[i].dropped;
	}
	listen_view_summary(serving->locals, serving->places, served, workers, &all,
	    clock_us() - serving->began_us);
}

void serve_stopping(const struct serving *serving)
{
	if (serving->notify >= 0)
		service_tell(serving->notify, "STOPPING=1");
}

int serve(const struct serving *serving, const int fds[], unsigned count)
{
	struct listen_view view = {.worker = serving->worker,
	    .throttle = {.share = serving->workers ? serving->workers : 1}};
	struct echo_plan plan = serving->plan;
	const struct served before = *serving->served;
	int status = STATUS_OK, wait_ms = -1;
	struct notices notices = {.ready_due = true};
	unsigned added = 0;

	plan.tells = listen_view_tells();
	plan.tell = listen_view_tell;
	plan.who = &view;
	view.echo = echo_new(&plan);
	while (view.echo && added < count && echo_add(view.echo, fds[added]) == 0)
		added++;
	if (added < count ||
	    (serving->interim >= 0 && echo_wake(view.echo, serving->interim) < 0)) {
		report_call(ready_refused(), errno);
		echo_free(view.echo);
		return STATUS_FAIL;
	}
	if (serving->worker == LISTEN_VIEW_ALONE)
		serve_announce(serving, fds, count);
	while (!echo_told_to_stop(view.echo) && !out_lost()) {
		if (echo_turn(view.echo, serve_wait_ms(serving, &notices, wait_ms)) < 0) {
			report_call("poll", errno);
			status = STATUS_FAIL;
			break;
		}
		sum_up(view.echo, serving->served, &before);
		if (serving->interim >= 0 && interim_asked()) {
			serve_count_drops(serving->served, 0, fds, count);
			serve_summary(serving, serving->served, 0);
		}
		wait_ms = listen_view_turn(&view);
	}
	if (serving->worker == LISTEN_VIEW_ALONE) {
		out_after_interrupt(stop_wanted());
		serve_count_drops(serving->served, 0, fds, count);
	}
	const int64_t until_us = clock_us() + serving->drain_us;
	serve_stopping(serving);
	drain(serving, &view, until_us);
	sum_up(view.echo, serving->served, &before);
	writer_wait_until(until_us);
	listen_view_end(&view);
	echo_free(view.echo);
	return out_lost() ? SERVE_UNHEARD : status;
}
