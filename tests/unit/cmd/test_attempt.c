/* ctest: wrap=trial_run wrap=trial_begin wrap=trial_step wrap=trial_end wrap=forecast wrap=poll wrap=bind wrap=call_socket_untold wrap=close wrap=malloc wrap=calloc wrap=realloc wrap=strndup wrap=free */
/* cmd/rules/attempt: what a random trial is skipped for, which of its answers are compared, and where it ends. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "cli/text.h"
#include "cmd/rules/attempt.h"
#include "tcp/call.h"
#include "tcp/forecast.h"
#include "tests/lib/heap.h"
#include "tests/lib/shown.h"

enum { FIRST = 1000, STOP = 5, STEPS = 4 };

/* The machine. */
static int socket_fails_at, bind_fails_at, bind_error; /* the number of the call, from 1 */
static int run_fails_at, run_differs_at;
static int begins_left, begin_error; /* so often a trial cannot begin */
static int stop_at;                  /* the wait at which it is told to stop */
static int forecast_fails;
static struct forecast foreseen[STEPS];
static struct trial_result answers[STEPS];
static int sockets, binds, runs, waits;
static char done[4096];

#define NOTE(...) text_add(done, sizeof done, __VA_ARGS__)

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_trial_run(const struct trial_plan *plan, struct trial_result results[], unsigned ports[],
    struct fault *fault);
struct trial *__wrap_trial_begin(const struct trial_plan *plan, struct fault *fault);
void __wrap_trial_step(struct trial *trial, size_t i, struct trial_result *result);
void __wrap_trial_end(struct trial *trial);
int __wrap_forecast(const struct facts *facts, const struct step steps[], size_t count, int64_t uid,
    struct forecast forecasts[]);
int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_call_socket_untold(int family, int type);
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_trial_run(const struct trial_plan *plan, struct trial_result results[], unsigned ports[],
    struct fault *fault)
{
	const struct step *step = &plan->steps[0];
	char text[ADDR_TEXT];
	const int error = step->verb == TRIAL_CONNECT ? ECONNREFUSED : 0;

	(void)ports;
	(void)fault;
	NOTE("%s %s%s, ", fault_call(trial_call(step->verb)), addr_print_host(&step->addr, text),
	    step->uid == GENERATE_USER ? " by another" : "");
	runs++;
	results[0] =
	    (struct trial_result){.fault = {.error = runs == run_differs_at ? EACCES : error}};
	return runs == run_fails_at ? -1 : 0;
}

struct trial *__wrap_trial_begin(const struct trial_plan *plan, struct fault *fault)
{
	static int64_t trial;

	NOTE("begin%s, ", plan->stop == STOP && plan->connect_us == 300000 &&
				  plan->accept_us == 10000 && plan->count > 0
			      ? ""
			      : " otherwise");
	if (begins_left == 0)
		return (struct trial *)&trial;
	begins_left--;
	*fault = (struct fault){.at = CALL_BIND, .error = begin_error};
	return NULL;
}

void __wrap_trial_step(struct trial *trial, size_t i, struct trial_result *result)
{
	(void)trial;
	NOTE("%zu, ", i);
	*result = answers[i];
}

void __wrap_trial_end(struct trial *trial)
{
	(void)trial;
	NOTE("end, ");
}

int __wrap_forecast(const struct facts *facts, const struct step steps[], size_t count, int64_t uid,
    struct forecast forecasts[])
{
	(void)facts;
	(void)steps;
	(void)uid;
	memcpy(forecasts, foreseen, count * sizeof *forecasts);
	return forecast_fails ? -1 : 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	if (count != 1 || fds->fd != STOP || fds->events != POLLIN || wait_ms != 100)
		NOTE("another wait, ");
	return ++waits == stop_at;
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	errno = bind_error ? bind_error : EADDRINUSE; /* which a call leaves that succeeds too */
	return ++binds == bind_fails_at ? -1 : 0;
}

int __wrap_call_socket_untold(int family, int type)
{
	errno = EMFILE;
	if (family != AF_INET || type != SOCK_STREAM)
		NOTE("another socket, ");
	if (sockets + 1 == socket_fails_at)
		return -1;
	return FIRST + sockets++;
}

int __wrap_close(int fd)
{
	if (fd < FIRST)
		return __real_close(fd);
	if (fd != FIRST + --sockets)
		NOTE("close %d, ", fd);
	return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct attempts attempts;
static struct attempt attempt, saved;
static struct sequence sequence;
static struct fault fault;

static void begin(void)
{
	*done = 0;
	socket_fails_at = bind_fails_at = bind_error = run_fails_at = run_differs_at = 0;
	begins_left = begin_error = stop_at = forecast_fails = 0;
	sockets = binds = runs = waits = 0;
	heap_left = -1;
	memset(foreseen, 0, sizeof foreseen);
	memset(answers, 0, sizeof answers);
	memset(&fault, 0, sizeof fault);
	memset(&saved, 0, sizeof saved);
	attempts = (struct attempts){.stop = STOP};
	sequence = (struct sequence){.count = STEPS,
	    .steps = {"a bind 127.0.0.1:P", "a listen", "b connect 127.0.0.1:P", "c accept a"}};
}

static const char *finds(void)
{
	static char all[8192];
	const long pieces = heap_pieces;

	attempts_begin(&attempts, NULL, STOP);
	snprintf(all, sizeof all, "%s= %s%s%s%s%s", done,
	    attempts.shortage ? attempts.shortage : "enough",
	    attempts.no_loopback ? ", no loopback" : "", attempts.one_user ? ", one user" : "",
	    attempts.no_v6 ? ", no IPv6" : "", attempts.no_127 ? ", no 127.0.0.2" : "");
	CHECK(heap_pieces == pieces, "%ld pieces of memory are left", heap_pieces - pieces);
	CHECK(sockets == 0, "%d sockets are left", sockets);
	CHECK(attempts.stop == STOP && !attempts.facts, "not begun");
	return all;
}

#define ASKED "connect 127.0.0.1, bind 127.0.0.1 by another, bind ::1, bind 127.0.0.2, "

static void what_is_not_here_is_found_out_beforehand(void)
{
	static const char *const lacking[] = {
	    "enough, no loopback", "enough, one user", "enough, no IPv6", "enough, no 127.0.0.2"};
	char want[256];

	begin();
	CHECK_LINES(finds(), ASKED "= enough");
	CHECK(binds == 12, "%d ports", binds);
	for (int i = 0; i < 8; i++) {
		begin();
		(i < 4 ? &run_fails_at : &run_differs_at)[0] = i % 4 + 1;
		snprintf(want, sizeof want, ASKED "= %s", lacking[i % 4]);
		CHECK_LINES(finds(), want);
	}
	begin();
	socket_fails_at = 7;
	CHECK_LINES(finds(), ASKED "= more descriptors");
	begin();
	socket_fails_at = 8;
	CHECK_LINES(finds(), ASKED "= enough");
	for (int i = 1; i <= 12; i += 11) {
		begin();
		bind_fails_at = i;
		bind_error = EADDRINUSE;
		CHECK_LINES(finds(), ASKED "= more ephemeral ports");
		begin();
		bind_fails_at = i;
		bind_error = EACCES;
		CHECK_LINES(finds(), ASKED "= enough");
	}
}

/* How the trial fares, with each answer and what it was compared with. */
static const char *runs_as(const struct attempt *there)
{
	static char all[8192];
	const long pieces = heap_pieces;

	memset(&attempt, 1, sizeof attempt);
	const int result = attempt_run(&attempts, &sequence, there, &attempt, &fault);
	int len = snprintf(all, sizeof all, "%s= %d", done, result);
	heap_left = -1;
	if (attempt.skipped)
		len +=
		    snprintf(all + len, sizeof all - (size_t)len, ", it needs %s", attempt.skipped);
	if (result < 0)
		len +=
		    snprintf(all + len, sizeof all - (size_t)len, ", %s: %s", fault_call(fault.at),
			fault.error == ENOMEM       ? "no memory"
			: fault.error == EADDRINUSE ? "in use"
						    : "another");
	for (size_t i = 0; i < attempt.count && i < STEPS; i++)
		len += snprintf(all + len, sizeof all - (size_t)len, ", %s/%s", attempt.results[i],
		    attempt.forecasts[i]);
	snprintf(all + len, sizeof all - (size_t)len, ": %zu%s", attempt.answers,
	    attempt.differs ? " differ" : "");
	CHECK(heap_pieces == pieces, "%ld pieces of memory are left", heap_pieces - pieces);
	return all;
}

static void a_trial_is_skipped_where_what_it_needs_is_not_here(void)
{
	begin();
	attempts.shortage = "more of all";
	attempts.no_loopback = true;
	CHECK_LINES(runs_as(NULL), "= 0, it needs more of all: 0");
	attempts.shortage = NULL;
	CHECK_LINES(runs_as(NULL), "= 0, it needs the loopback interface, up: 0");
	for (int i = 0; i < 2; i++) {
		static const char ran[] =
		    "begin, 0, 1, 2, 3, end, = 0, ok/ok, ok/ok, ok/ok, ok/ok: 4";
		begin();
		attempts.one_user = i == 0;
		attempts.no_v6 = attempts.no_127 = i == 1;
		CHECK_LINES(runs_as(NULL), ran);
		begin();
		snprintf(sequence.steps[3], GENERATE_TEXT, "c bind 127.0.0.2:Q uid=65534");
		CHECK_LINES(runs_as(NULL), ran);
		*done = 0;
		attempts.one_user = i == 0;
		attempts.no_127 = i == 1;
		CHECK_LINES(runs_as(NULL), i == 0
					       ? "= 0, it needs a second user (needs CAP_SETUID): 0"
					       : "= 0, it needs the address 127.0.0.2: 0");
	}
	begin();
	snprintf(sequence.steps[0], GENERATE_TEXT, "a bind [::1]:P");
	attempts.no_v6 = true;
	CHECK_LINES(runs_as(NULL), "= 0, it needs IPv6: 0");
	begin();
	CHECK_LINES(runs_as(&saved), "= 0, it needs what it was compared with: 0");
	snprintf(sequence.steps[2], GENERATE_TEXT, "b jump");
	CHECK_LINES(runs_as(NULL), "= 0, it needs more memory: 0");
}

static void a_trial_ends_at_the_first_answer_that_differs(void)
{
	begin();
	answers[1].fault = (struct fault){.at = CALL_LISTEN, .error = EADDRINUSE};
	CHECK_LINES(runs_as(NULL), "begin, 0, 1, end, = 0, ok/ok, EADDRINUSE/ok: 2 differ");
	begin();
	foreseen[1] = (struct forecast){
	    .kind = FORECAST_SURE, .fault = {.at = CALL_LISTEN, .error = EADDRINUSE}};
	CHECK_LINES(runs_as(NULL), "begin, 0, 1, end, = 0, ok/ok, ok/EADDRINUSE: 2 differ");
	begin();
	foreseen[0].kind = FORECAST_CHANCE;
	foreseen[1].kind = FORECAST_SLOW;
	answers[0].fault = (struct fault){.at = CALL_BIND, .error = EACCES};
	CHECK_LINES(runs_as(NULL), "begin, 0, 2, 3, end, = 0, EACCES/, /, ok/ok, ok/ok: 2");
	begin();
	answers[2].stopped = true;
	CHECK_LINES(runs_as(NULL), "begin, 0, 1, 2, end, = 1, ok/ok, ok/ok, /ok: 2");
}

/* The answers of another system stand in for the forecast, as far as there are any. */
static void saved_answers_are_compared_where_a_forecast_is_sure(void)
{
	begin();
	saved.count = 3;
	snprintf(saved.results[0], ATTEMPT_WORD, "ok");
	snprintf(saved.results[1], ATTEMPT_WORD, "EACCES");
	foreseen[1].kind = FORECAST_CHANCE;
	snprintf(saved.results[2], ATTEMPT_WORD, "ok");
	CHECK_LINES(runs_as(&saved), "begin, 0, 1, 2, end, = 0, ok/ok, ok/, ok/ok, /: 2");
	begin();
	saved.count = 1;
	snprintf(saved.results[0], ATTEMPT_WORD, "EACCES");
	CHECK_LINES(runs_as(&saved), "begin, 0, end, = 0, ok/EACCES: 1 differ");
	begin();
	saved.count = 4;
	CHECK_LINES(runs_as(&saved), "begin, 0, 1, 2, 3, end, = 0, ok/, ok/, ok/, ok/: 0");
}

static void a_trial_without_a_port_waits_for_one_for_five_seconds(void)
{
	begin();
	begins_left = 2;
	begin_error = EADDRINUSE;
	CHECK_LINES(runs_as(NULL),
	    "begin, begin, begin, 0, 1, 2, 3, end, = 0, ok/ok, ok/ok, ok/ok, ok/ok: 4");
	CHECK(waits == 2, "%d waits", waits);
	begin();
	begins_left = 50;
	begin_error = EADDRINUSE;
	CHECK(strstr(runs_as(NULL), "end, = 0, ok/ok"), "%s", done);
	CHECK(waits == 50, "%d waits", waits);
	begin();
	begins_left = 51;
	begin_error = EADDRINUSE;
	CHECK(strstr(runs_as(NULL), "begin, = -1, bind: in use: 0"), "%s", done);
	CHECK(waits == 50, "%d waits", waits);
	begin();
	begins_left = 51;
	begin_error = EADDRINUSE;
	stop_at = 2;
	CHECK_LINES(runs_as(NULL), "begin, begin, = 1: 0");
	begin();
	begins_left = 1;
	begin_error = EMFILE;
	CHECK_LINES(runs_as(NULL), "begin, = -1, bind: another: 0");
}

static void without_memory_it_is_not_run(void)
{
	begin();
	forecast_fails = 1;
	CHECK_LINES(runs_as(NULL), "= -1, socket: no memory: 0");
	begin();
	heap_left = 0;
	CHECK_LINES(runs_as(NULL), "= 0, it needs more memory: 0");
}

int main(void)
{
	heap_left = -1;
	TEST(what_is_not_here_is_found_out_beforehand);
	TEST(a_trial_is_skipped_where_what_it_needs_is_not_here);
	TEST(a_trial_ends_at_the_first_answer_that_differs);
	TEST(saved_answers_are_compared_where_a_forecast_is_sure);
	TEST(a_trial_without_a_port_waits_for_one_for_five_seconds);
	TEST(without_memory_it_is_not_run);
	return test_failures != 0;
}
