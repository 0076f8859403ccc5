/* ctest: wrap=view_observation wrap=view_skip wrap=view_line wrap=sysconf wrap=tunable_port_range wrap=tunable_reserved_ports wrap=tunable_number wrap=rule_here wrap=call_socket wrap=call_bind wrap=call_listen wrap=call_close wrap=option_set wrap=sock_blocking wrap=sock_reset wrap=port_take_row wrap=netns_tune wrap=trial_fd */
/* cmd/experiment/stage: what a part needs of the machine, which sockets it is given, and what is shown of each step. */
#include <errno.h>
#include <unistd.h>

#include "cli/text.h"
#include "cmd/experiment/stage.h"
#include "os/netns.h"
#include "os/tunable.h"
#include "tcp/call.h"
#include "tcp/sock.h"
#include "tcp/system.h"
#include "tests/lib/shown.h"

enum { FIRST = 1000 };

/* The machine. */
static long most_descriptors, queue;
static bool range_known;
static unsigned range_low, range_high, reserved_low, reserved_high;
static enum rule_system here;
/* Which call of all in their order fails; 0: none. */
static int fails_at;
static int calls, sockets;
static char done[4096];
static struct show show;
static struct stage stage;

#define NOTE(...) text_add(done, sizeof done, __VA_ARGS__)

static int answer(void)
{
	errno = EMFILE;
	return ++calls == fails_at ? -1 : 0;
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
void __wrap_view_observation(struct show *shown, const struct observation *seen);
void __wrap_view_skip(struct show *shown, const char *reason);
void __wrap_view_line(const char *text);
long __real_sysconf(int name);
long __wrap_sysconf(int name);
bool __wrap_tunable_port_range(unsigned *low, unsigned *high);
void __wrap_tunable_reserved_ports(unsigned char ports[8192]);
long __wrap_tunable_number(const char *name, long otherwise);
enum rule_system __wrap_rule_here(void);
int __wrap_call_socket(int family);
int __wrap_call_bind(int fd, const union addr *addr);
int __wrap_call_listen(int fd, int backlog);
int __wrap_call_close(int fd);
int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault);
int __wrap_sock_blocking(int fd, bool blocking);
void __wrap_sock_reset(int fd);
int __wrap_port_take_row(struct port ports[], int count);
int __wrap_netns_tune(const char *name, const char *value);
int __wrap_trial_fd(const struct trial *trial, int socket);

void __wrap_view_observation(struct show *shown, const struct observation *seen)
{
	NOTE("%s: %s, expected %s: %s%s\n", seen->text, seen->result,
	    seen->expected ? seen->expected : "nothing", seen->as_expected ? "yes" : "no",
	    shown == &show ? "" : ", elsewhere");
}

void __wrap_view_skip(struct show *shown, const char *reason)
{
	NOTE("skipped%s: %s\n", shown == &show ? "" : " elsewhere", reason);
}

void __wrap_view_line(const char *text)
{
	NOTE("line '%s'\n", text);
}

long __wrap_sysconf(int name)
{
	return name == _SC_OPEN_MAX ? most_descriptors : __real_sysconf(name);
}

bool __wrap_tunable_port_range(unsigned *low, unsigned *high)
{
	*low = range_low;
	*high = range_high;
	return range_known;
}

void __wrap_tunable_reserved_ports(unsigned char ports[8192])
{
	memset(ports, 0, 8192);
	for (unsigned port = reserved_low; reserved_low && port <= reserved_high; port++)
		ports[port / 8] |= (unsigned char)(1U << port % 8);
}

long __wrap_tunable_number(const char *name, long otherwise)
{
	(void)name;
	return queue < 0 ? otherwise : queue;
}

enum rule_system __wrap_rule_here(void)
{
	return here;
}

int __wrap_call_socket(int family)
{
	NOTE("%s, ", family == AF_INET6 ? "socket6" : family == AF_INET ? "socket" : "another");
	return answer() < 0 ? -1 : FIRST + sockets++;
}

int __wrap_call_bind(int fd, const union addr *addr)
{
	char text[ADDR_TEXT];

	NOTE("bind %d %s, ", fd, addr_print(addr, text));
	return answer();
}

int __wrap_call_listen(int fd, int backlog)
{
	NOTE("listen %d %d, ", fd, backlog);
	return answer();
}

int __wrap_call_close(int fd)
{
	NOTE("close %d, ", fd);
	errno = EBADF;
	return 0;
}

int __wrap_option_set(int fd, const struct setting *setting, struct fault *fault)
{
	NOTE("option %d %s=%lld, ", fd,
	    setting->option == OPTION_REUSEPORT ? "reuseport" : "another",
	    (long long)setting->value);
	return answer() < 0 ? fault_set(fault, CALL_OPTION) : 0;
}

int __wrap_sock_blocking(int fd, bool blocking)
{
	NOTE("%s %d, ", blocking ? "blocking" : "unblocked", fd);
	return answer();
}

void __wrap_sock_reset(int fd)
{
	NOTE("reset %d, ", fd);
}

int __wrap_port_take_row(struct port ports[], int count)
{
	for (int i = 0; i < count; i++)
		ports[i] = (struct port){.number = 33000 + (unsigned)i, .lock = 5};
	NOTE("%d in a row, ", count);
	return answer();
}

int __wrap_netns_tune(const char *name, const char *value)
{
	NOTE("%s=%s, ", name, value);
	return answer();
}

int __wrap_trial_fd(const struct trial *trial, int socket)
{
	(void)trial;
	return 500 + socket;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void begin(void)
{
	*done = 0;
	calls = sockets = fails_at = 0;
	show = (struct show){.stop = -1};
	stage = (struct stage){.show = &show};
	most_descriptors = 1000;
	queue = 4096;
	range_known = true;
	range_low = 32768;
	range_high = 60999;
	reserved_low = reserved_high = 0;
	here = RULE_LINUX;
}

static void a_part_is_skipped_where_there_are_too_few_descriptors(void)
{
	begin();
	most_descriptors = 350;
	CHECK(stage_room(&stage, 250) && !stage.over, "there are as many");
	most_descriptors = -1;
	CHECK(stage_room(&stage, 250) && !stage.over, "there are any number");
	CHECK_LINES(done, "");
	most_descriptors = 0;
	CHECK(!stage_room(&stage, 250) && stage.over, "there is none");
	begin();
	most_descriptors = 349;
	CHECK(!stage_room(&stage, 250) && stage.over, "there is one too few");
	CHECK_LINES(done,
	    "skipped: it needs 350 descriptors, and this process may have 349. To raise the limit: "
	    "ulimit -n, as root, or /etc/security/limits.conf\n");
}

static void a_part_is_skipped_where_there_are_too_few_ephemeral_ports(void)
{
	begin();
	range_high = 32777;
	CHECK(stage_ports(&stage, 10) && !stage.over, "there are ten");
	reserved_low = reserved_high = 32767;
	CHECK(stage_ports(&stage, 10) && !stage.over, "the reserved one is below");
	reserved_low = reserved_high = 32778;
	CHECK(stage_ports(&stage, 10) && !stage.over, "the reserved one is above");
	CHECK_LINES(done, "");
	reserved_low = reserved_high = 32777;
	CHECK(!stage_ports(&stage, 10) && stage.over, "one is reserved");
	CHECK_LINES(done,
	    "skipped: it needs 10 ephemeral ports, and there are 9, from 32768 to 32777. On Linux: "
	    "sudo sysctl net.ipv4.ip_local_port_range='32768 60999' "
	    "net.ipv4.ip_local_reserved_ports=''\n");
	begin();
	reserved_low = range_low = range_high = reserved_high = 40001;
	CHECK(!stage_ports(&stage, 1) && stage.over, "all are reserved");
	CHECK(strstr(done, "needs 1 ephemeral port, and there are 0, from 40001 to 40001."), "%s",
	    done);
	begin();
	range_known = false;
	range_high = range_low;
	CHECK(stage_ports(&stage, 10) && !stage.over, "skipped where it is not known");
}

static void a_part_is_skipped_where_too_few_may_wait(void)
{
	begin();
	queue = 9;
	CHECK(stage_queue(&stage, 10) && !stage.over, "ten may wait");
	queue = -1;
	CHECK(stage_queue(&stage, 10) && !stage.over, "as many as asked for where it is not known");
	CHECK_LINES(done, "");
	queue = 8;
	CHECK(!stage_queue(&stage, 10) && stage.over, "nine may wait");
	CHECK_LINES(done, "skipped: 10 connections are to wait for one listener, and "
			  "net.core.somaxconn is 8: sudo sysctl net.core.somaxconn=4096\n");
}

static void ports_in_a_row_are_of_all_or_of_a_network_of_its_own(void)
{
	struct port ports[3];
	struct setting setting = {0};

	begin();
	CHECK(stage_row(&stage, ports, 3) == 0, "refused");
	CHECK(stage_row_setting(&stage, ports, 3, &setting) == 1, "no setting");
	CHECK(
	    setting.option == OPTION_PORT_RANGE && setting.value == 33000 + INT64_C(65536) * 33002,
	    "%lld", (long long)setting.value);
	fails_at = 2;
	CHECK(stage_row(&stage, ports, 3) == -1, "none in a row");
	CHECK_LINES(done, "3 in a row, 3 in a row, ");
	begin();
	stage.apart = true;
	CHECK(stage_row(&stage, ports, 3) == 0, "refused");
	CHECK(ports[0].number == 40000 && ports[2].number == 40002 && ports[0].lock == -1 &&
		  ports[2].lock == -1,
	    "%u to %u", ports[0].number, ports[2].number);
	CHECK(stage_row_setting(&stage, ports, 3, &setting) == 0, "a setting");
	fails_at = 2;
	CHECK(stage_row(&stage, ports, 3) == -1, "it cannot be set");
	CHECK_LINES(done, "net.ipv4.ip_local_port_range=40000 40002, "
			  "net.ipv4.ip_local_port_range=40000 40002, ");
}

static void each_step_is_shown_with_what_was_expected(void)
{
	begin();
	stage_observe(&stage, NULL, "one", "text %d", 1);
	stage_observe(&stage, "one", "one", "text %d", 2);
	stage_observe(&stage, "one", "two", "text %d", 3);
	stage_judge(&stage, true, "one", "two", "text %d", 4);
	stage_judge(&stage, false, "one", "one", "text %d", 5);
	stage_count(&stage, 10, 20, "ten to twenty", 10, "text %d", 6);
	stage_count(&stage, 10, 20, "ten to twenty", 20, "text %d", 7);
	stage_count(&stage, 10, 20, "ten to twenty", 9, "text %d", 8);
	stage_count(&stage, 10, 20, "ten to twenty", 21, "text %d", 9);
	stage_count(&stage, 10, 20, NULL, 21, "text %d", 10);
	CHECK(stage_ok(&stage, 0, "text %d", 11) && !stage.over, "over");
	CHECK(stage_ok(&stage, 7, "text %d", 12) && !stage.over, "over");
	errno = EADDRINUSE;
	CHECK(!stage_ok(&stage, -1, "text %d", 13) && stage.over, "not over");
	stage_line(&stage, "a %d  ", 14);
	stage_line(&stage, "  ");
	stage_line(&stage, " b");
	CHECK_LINES(done, "text 1: one, expected nothing: yes\n"
			  "text 2: one, expected one: yes\n"
			  "text 3: two, expected one: no\n"
			  "text 4: two, expected one: yes\n"
			  "text 5: one, expected one: no\n"
			  "text 6: 10, expected ten to twenty: yes\n"
			  "text 7: 20, expected ten to twenty: yes\n"
			  "text 8: 9, expected ten to twenty: no\n"
			  "text 9: 21, expected ten to twenty: no\n"
			  "text 10: 21, expected nothing: yes\n"
			  "text 11: ok, expected ok: yes\n"
			  "text 12: ok, expected ok: yes\n"
			  "text 13: EADDRINUSE, expected ok: no\n"
			  "line 'a 14'\n"
			  "line ''\n"
			  "line ' b'\n");
	CHECK_TEXT(stage_linux("this"), "this");
	here = RULE_GVISOR;
	CHECK(!stage_linux("this"), "of another system");
}

static void it_is_over_once_stop_is_readable(void)
{
	int ends[2];

	begin();
	CHECK(!stage_over(&stage), "it is not");
	stage.over = true;
	CHECK(stage_over(&stage), "it is");
	stage.over = false;
	if (pipe(ends) < 0)
		perror("pipe");
	show.stop = ends[0];
	CHECK(!stage_over(&stage), "nothing to read");
	CHECK(write(ends[1], "", 1) == 1 && stage_over(&stage) && stage.over, "stop is not heard");
	close(ends[0]);
	close(ends[1]);
}

static void a_socket_of_the_steps_is_found_by_its_name(void)
{
	struct script script = {.numeric = 1};
	char why[SCRIPT_WHY];
	static const char *const steps[] = {"a bind 127.0.0.1:P", "b bind 127.0.0.1:Q"};

	begin();
	for (int i = 0; i < 2; i++)
		CHECK(script_add(&script, steps[i], strlen(steps[i]), why) == 0, "%s", why);
	stage.script = &script;
	CHECK(stage_fd(&stage, "a") == 500 && stage_fd(&stage, "b") == 501, "%d, %d",
	    stage_fd(&stage, "a"), stage_fd(&stage, "b"));
	CHECK(stage_fd(&stage, "c") == -1, "%d", stage_fd(&stage, "c"));
	script_clear(&script);
}

#define OPENED(FD) "socket, unblocked " FD ", option " FD " reuseport=1, bind " FD " 127.0.0.1:7, "

/* Whichever call fails: it is told, and what was opened is closed. */
static void listeners_stand_in_a_row_or_none_does(void)
{
	static const struct {
		int fails_at, count, result;
		const char *done;
	} rows[] = {
	    {0, 1, 0,
		"socket, unblocked 1000, bind 1000 127.0.0.1:7, listen 1000 5, "
		"bind 127.0.0.1:7, listen 5: ok, expected ok: yes\n"},
	    {0, 2, 0,
		OPENED("1000") "listen 1000 5, " OPENED(
		    "1001") "listen 1001 5, "
			    "2 x bind 127.0.0.1:7 reuseport, listen: ok, expected ok: yes\n"},
	    {6, 2, -1,
		OPENED("1000") "listen 1000 5, socket, "
			       "socket 127.0.0.1:7: EMFILE, expected ok: no\nreset 1000, "},
	    {7, 2, -1,
		OPENED("1000") "listen 1000 5, socket, unblocked 1001, close 1001, "
			       "socket 127.0.0.1:7: EMFILE, expected ok: no\nreset 1000, "},
	    {8, 2, -1,
		OPENED(
		    "1000") "listen 1000 5, socket, unblocked 1001, option 1001 reuseport=1, "
			    "close 1001, setsockopt 127.0.0.1:7: EMFILE, expected ok: no\nreset 1000, "},
	    {9, 2, -1,
		OPENED("1000") "listen 1000 5, " OPENED(
		    "1001") "close 1001, "
			    "bind 127.0.0.1:7: EMFILE, expected ok: no\nreset 1000, "},
	    {10, 2, -1,
		OPENED("1000") "listen 1000 5, " OPENED(
		    "1001") "listen 1001 5, close 1001, "
			    "listen 127.0.0.1:7: EMFILE, expected ok: no\nreset 1000, "},
	    {1, 1, -1, "socket, socket 127.0.0.1:7: EMFILE, expected ok: no\n"},
	};
	const union addr local = addr_loopback(AF_INET, 7);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fds[2] = {-1, -1};
		begin();
		fails_at = rows[i].fails_at;
		CHECK(stage_listeners(&stage, &local, fds, rows[i].count, 5) == rows[i].result,
		    "row %zu", i);
		CHECK(stage.over == (rows[i].result < 0), "row %zu: over %d", i, stage.over);
		CHECK_LINES(done, rows[i].done);
		CHECK(fds[0] == (rows[i].result < 0 ? -1 : FIRST), "row %zu: %d", i, fds[0]);
	}
}

static void a_socket_of_no_address_is_not_bound(void)
{
	const union addr none = {0}, v6 = addr_loopback(AF_INET6, 9);
	struct fault fault = {0};

	begin();
	CHECK(stage_socket(&none, NULL, 0, &fault) == FIRST, "refused");
	CHECK(stage_socket(&v6, NULL, 0, &fault) == FIRST + 1, "refused");
	fails_at = 6;
	CHECK(stage_socket(&none, NULL, 0, &fault) == -1, "opened");
	CHECK(fault.at == CALL_SOCKET && fault.error == EMFILE, "%d at %d", fault.error,
	    (int)fault.at);
	CHECK_LINES(done, "socket, unblocked 1000, "
			  "socket6, unblocked 1001, bind 1001 [::1]:9, socket, ");
	begin();
	stage_reset((int[]){7, -1, 0}, 3);
	CHECK_LINES(done, "reset 7, reset 0, ");
}

int main(void)
{
	TEST(a_part_is_skipped_where_there_are_too_few_descriptors);
	TEST(a_part_is_skipped_where_there_are_too_few_ephemeral_ports);
	TEST(a_part_is_skipped_where_too_few_may_wait);
	TEST(ports_in_a_row_are_of_all_or_of_a_network_of_its_own);
	TEST(each_step_is_shown_with_what_was_expected);
	TEST(it_is_over_once_stop_is_readable);
	TEST(a_socket_of_the_steps_is_found_by_its_name);
	TEST(listeners_stand_in_a_row_or_none_does);
	TEST(a_socket_of_no_address_is_not_bound);
	return test_failures != 0;
}
