/* ctest: wrap=inquiry_run wrap=inquiry_late wrap=option_known wrap=port_take_row wrap=port_give_back wrap=crew_open wrap=crew_fork wrap=netns_enter wrap=netns_tune wrap=read wrap=__read_chk wrap=tunable_number wrap=rule_here */
/* cmd/rules/table_ephemeral: which connections are counted, here or in a network apart, and what is said where none can be. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/rules/ask.h"
#include "cmd/rules/tables.h"
#include "os/crew.h"
#include "os/netns.h"
#include "os/tunable.h"
#include "tcp/option.h"
#include "tcp/port.h"
#include "tcp/system.h"
#include "tests/lib/shown.h"

/* The machine. */
static bool late, range_known, twice;
static int row_error, run_result, connected;
static struct fault met; /* by a step */
static int open_error, fork_error, enter_error, tune_error;
static int interrupted; /* so often a read is */
static int refused;     /* which of the calls that make a network apart */
static int ports_out, runs, forks, first_ports;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_inquiry_run(const struct cell *cell, struct inquiry *inquiry);
bool __wrap_inquiry_late(struct inquiry *inquiry);
bool __wrap_option_known(enum option option);
int __wrap_port_take_row(struct port ports[], int count);
void __wrap_port_give_back(struct port *port);
int __real_crew_open(struct crew *crew);
int __wrap_crew_open(struct crew *crew);
int __real_crew_fork(struct crew *crew, struct member *member);
int __wrap_crew_fork(struct crew *crew, struct member *member);
int __wrap_netns_enter(const char **call);
int __wrap_netns_tune(const char *name, const char *value);
ssize_t __real_read(int fd, void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len);
ssize_t __wrap___read_chk(int fd, void *bytes, size_t len, size_t room);
long __wrap_tunable_number(const char *name, long otherwise);
enum rule_system __wrap_rule_here(void);

/* Apart each cell comes to a number of its own. */
int __wrap_inquiry_run(const struct cell *cell, struct inquiry *inquiry)
{
	runs++;
	first_ports += cell->first_port == 33000;
	inquiry->kernel.count = 2;
	inquiry->kernel.faults[0] = (struct fault){0};
	inquiry->kernel.faults[1] = met;
	inquiry->connected = cell->first_port ? connected : 10 * cell->at_row + cell->at_column;
	return run_result;
}

bool __wrap_inquiry_late(struct inquiry *inquiry)
{
	inquiry->late = late;
	return late;
}

bool __wrap_option_known(enum option option)
{
	return option == OPTION_PORT_RANGE && range_known;
}

int __wrap_port_take_row(struct port ports[], int count)
{
	errno = row_error;
	if (row_error)
		return -1;
	ports_out += count;
	for (int i = 0; i < count; i++)
		ports[i] = (struct port){.number = 33000 + (unsigned)i, .lock = -1};
	return 0;
}

void __wrap_port_give_back(struct port *port)
{
	ports_out -= port->number >= 33000;
}

int __wrap_crew_open(struct crew *crew)
{
	errno = open_error;
	return open_error ? -1 : __real_crew_open(crew);
}

int __wrap_crew_fork(struct crew *crew, struct member *member)
{
	forks++;
	errno = fork_error;
	return fork_error ? -1 : __real_crew_fork(crew, member);
}

int __wrap_netns_enter(const char **call)
{
	*call = "unshare";
	errno = enter_error;
	return enter_error ? -1 : 0;
}

int __wrap_netns_tune(const char *name, const char *value)
{
	errno = tune_error;
	return tune_error || strcmp(name, "net.ipv4.ip_local_port_range") != 0 ||
		       strcmp(value, "40000 40009") != 0
		   ? -1
		   : 0;
}

/* In pieces of 100 bytes. */
ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
	if (interrupted > 0) {
		interrupted--;
		errno = EINTR;
		return -1;
	}
	return __real_read(fd, bytes, len < 100 ? len : 100);
}

/* What glibc's fortify makes of read where it cannot see the room. */
ssize_t __wrap___read_chk(int fd, void *bytes, size_t len, size_t room)
{
	CHECK(len <= room, "%zu bytes into %zu", len, room);
	return __wrap_read(fd, bytes, len);
}

long __wrap_tunable_number(const char *name, long otherwise)
{
	(void)name;
	return twice ? 1 : otherwise;
}

enum rule_system __wrap_rule_here(void)
{
	return RULE_LINUX;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct cell cell;
static struct inquiry inquiry;
static struct fault fault;

static void begin(int row, int column)
{
	late = twice = false;
	range_known = true;
	row_error = run_result = open_error = fork_error = enter_error = tune_error = 0;
	connected = 10;
	met = (struct fault){0};
	interrupted = runs = forks = first_ports = 0;
	fault = (struct fault){.at = CALL_CLOSE, .error = EIO};
	cell = (struct cell){.table = &table_ephemeral, .at_row = row, .at_column = column};
	inquiry = (struct inquiry){.stop = -1, .fault = &fault};
}

/* The result, the rule and what was observed. */
static const char *measures(void)
{
	static char all[512];
	char rule[CELL_TEXT], observed[CELL_TEXT];
	const int result = table_ephemeral.measure(&cell, &inquiry);

	snprintf(all, sizeof all, "%d: %s, %s", result, cell_answer_text(&cell.rule, rule),
	    cell_answer_text(&cell.observed, observed));
	CHECK(ports_out == 0, "%d ports are kept", ports_out);
	errno = 0;
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a process is left");
	return all;
}

/* By a process of its own for each, as a network apart is made once in a run. */
static void in_a_run_of_its_own(void test(void))
{
	int status = 0;

	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0) {
		test_failures = 0;
		test();
		fflush(stdout);
		_exit(test_failures != 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "status %d", status);
}

static void connections_are_counted_here_where_ports_can_be_had(void)
{
	begin(0, 0);
	CHECK_LINES(measures(), "0: 10, 10");
	CHECK(runs == 1 && first_ports == 1 && forks == 0, "%d runs", runs);
	begin(0, 1);
	connected = 7;
	CHECK_LINES(measures(), "0: 20, 7");
	begin(0, 0);
	met = (struct fault){.at = CALL_CONNECT, .error = EADDRNOTAVAIL};
	CHECK_LINES(measures(), "0: 10, 10");
	met = (struct fault){.at = CALL_BIND, .error = EADDRINUSE};
	CHECK_LINES(measures(), "0: 10, 10");
	run_result = 1;
	CHECK_LINES(
	    measures(), "1: 10, not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)");
	run_result = -1;
	CHECK_LINES(
	    measures(), "-1: 10, not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)");
	CHECK(forks == 0, "a network apart is made");
	begin(0, 0);
	late = true;
	CHECK_LINES(measures(), "0: 10, -1");
	CHECK(fault.at == CALL_NONE && fault.error == 0 && runs == 0, "it is run");
}

static void where_chance_decides_all_that_the_rule_allows_is_the_same(void)
{
	static const struct {
		int connected;
		const char *plain, *twice;
	} rows[] = {{9, "0: 10, 9", "0: 10 to 20, 9"}, {10, "0: 10, 10", "0: 10 to 20, 10 to 20"},
	    {20, "0: 10, 20", "0: 10 to 20, 10 to 20"}, {21, "0: 10, 21", "0: 10 to 20, 21"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(3, 1);
		connected = rows[i].connected;
		CHECK_LINES(measures(), rows[i].plain);
		twice = true;
		CHECK_LINES(measures(), rows[i].twice);
	}
}

static void elsewhere_a_network_apart_is_asked_once_for_all(void)
{
	begin(4, 1);
	range_known = false;
	interrupted = 2;
	CHECK_LINES(measures(), "0: 10, 41");
	CHECK(forks == 1 && runs == 0, "%d forks, %d runs", forks, runs);
	begin(2, 0);
	range_known = false;
	CHECK_LINES(measures(), "0: 10, 20");
	CHECK(forks == 0, "%d forks", forks);
	begin(2, 0);
	CHECK_LINES(measures(), "0: 10, 20");
	CHECK(forks == 0 && runs == 0, "ports are looked for once more: %d runs", runs);
}

static void in_a_network_apart_nobody_binds_twice(void)
{
	begin(3, 1);
	range_known = false;
	twice = true;
	CHECK_LINES(measures(), "0: 10, 31");
}

static void without_ports_here_a_network_apart_is_asked(void)
{
	begin(1, 1);
	row_error = EADDRINUSE;
	CHECK_LINES(measures(), "0: 20, 11");
	CHECK(fault.at == CALL_NONE && forks == 1, "%d, %d forks", (int)fault.at, forks);
	row_error = EMFILE;
	CHECK_LINES(measures(), "0: 20, 11");
}

/* Which cannot be had, for this reason or that. */
static void where_no_network_can_be_had_it_is_said_what_it_needs(void)
{
	static int *const errors[] = {&open_error, &fork_error, &enter_error, &tune_error};

	begin(0, 0);
	range_known = false;
	*errors[refused] = EPERM;
	CHECK_LINES(
	    measures(), "0: 10, not measured (needs IP_LOCAL_PORT_RANGE or a network namespace)");
	CHECK(runs == 0, "%d runs", runs);
}

static void what_hinders_it_is_told(void)
{
	begin(0, 0);
	range_known = false;
	met = (struct fault){.at = CALL_BIND, .error = EACCES};
	CHECK_LINES(measures(), "0: 10, not measured (bind EACCES)");
	begin(0, 1);
	met = (struct fault){.at = CALL_BIND, .error = EACCES};
	cell.first_port = 33000;
	CHECK_LINES(measures(), "0: 20, not measured (bind EACCES)");
	CHECK(cell.first_port == 0, "apart no range is set: %u", cell.first_port);
	begin(0, 0);
	row_error = EMFILE;
	CHECK_LINES(measures(), "0: 10, not measured (socket EMFILE)");
}

#define TEST_APART(name) (test_name = #name, in_a_run_of_its_own(name))

int main(void)
{
	TEST(connections_are_counted_here_where_ports_can_be_had);
	TEST(where_chance_decides_all_that_the_rule_allows_is_the_same);
	TEST_APART(elsewhere_a_network_apart_is_asked_once_for_all);
	TEST_APART(in_a_network_apart_nobody_binds_twice);
	TEST_APART(without_ports_here_a_network_apart_is_asked);
	for (refused = 0; refused < 4; refused++)
		TEST_APART(where_no_network_can_be_had_it_is_said_what_it_needs);
	TEST_APART(what_hinders_it_is_told);
	return test_failures != 0;
}
