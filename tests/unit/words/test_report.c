/* ctest: core */
/* words/report: what is said of a fault, line by line, and what is not. */
#include <errno.h>
#include <string.h>

#include "cli/out.h"
#include "tests/lib/captured.h"
#include "tests/lib/test.h"
#include "words/report.h"

static char said[4096];

/* What report_fault says on stderr becomes said[]. */
static void report(
    const struct fault *fault, const union addr *local, const union addr *peer, int meaning)
{
	const struct capture capture = capture_begin(stderr);

	report_fault(fault, local, peer, meaning);
	capture_end(&capture, said, sizeof said);
}

#define USED      "(EADDRINUSE)\n"
#define AWAY      "(EADDRNOTAVAIL)\n"
#define ALL_TAKEN "all ports of the range that the kernel picks from are taken or reserved"
#define PAIR      "try 'reuse why 127.0.0.1:3000'"

enum { NO_PORT = 0, PORT = 3000, PEER = 4000 };

/* Each: the fault, the ports of the two ends, and words that are and that are not there. */
static const struct row {
	enum tcp_call at;
	int error, local, peer;
	const char *has, *lacks;
} rows[] = {
    {CALL_BIND, EADDRINUSE, NO_PORT, -1, ALL_TAKEN, "try "},
    {CALL_BIND, EADDRINUSE, PORT, -1, PAIR, ALL_TAKEN},
    {CALL_BIND, EADDRINUSE, -1, -1, USED, ALL_TAKEN},
    {CALL_BIND, EACCES, NO_PORT, -1, "(EACCES)", ALL_TAKEN},
    {CALL_BIND, EADDRNOTAVAIL, NO_PORT, -1, "no interface of this machine has this address",
	ALL_TAKEN},
    {CALL_BIND, EADDRNOTAVAIL, PORT, -1, AWAY, "try "},
    {CALL_LISTEN, EADDRINUSE, NO_PORT, -1, USED, ALL_TAKEN},
    {CALL_CONNECT, EADDRNOTAVAIL, PORT, PEER, PAIR, "no interface"},
    {CALL_CONNECT, EADDRNOTAVAIL, NO_PORT, PEER, "reuse why EADDRNOTAVAIL connect", "very pair"},
    {CALL_CONNECT, ECONNREFUSED, PORT, PEER, "connect 127.0.0.1:4000: ", "try "},
    {CALL_SEND, EPIPE, PORT, PEER, "send 127.0.0.1:4000: ", "127.0.0.1:3000"},
    {CALL_RECV, ECONNRESET, PORT, PEER, "recv 127.0.0.1:4000: ", "127.0.0.1:3000"},
    {CALL_SOCKET, EMFILE, PORT, PEER, "socket: ", "127.0.0.1"},
};

static void each_fault_is_told_with_its_own_end_and_advice(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];
		const struct fault fault = {.at = row->at, .error = row->error};
		const union addr local = addr_loopback(AF_INET, (unsigned)row->local);
		const union addr peer = addr_loopback(AF_INET, (unsigned)row->peer);

		report(&fault, row->local < 0 ? NULL : &local, row->peer < 0 ? NULL : &peer, 1);
		CHECK(strstr(said, row->has), "row %zu: no \"%s\" in: %s", i, row->has, said);
		CHECK(!strstr(said, row->lacks), "row %zu: \"%s\" in: %s", i, row->lacks, said);
	}
}

static void without_meaning_it_is_the_complaint_alone(void)
{
	const struct fault fault = {.at = CALL_BIND, .error = EADDRNOTAVAIL};
	const union addr local = addr_loopback(AF_INET, 0);

	report(&fault, &local, NULL, 0);
	CHECK(strchr(said, '\n') && !strchr(said, '\n')[1], "%s", said);
	report(&fault, &local, NULL, 1);
	CHECK(strchr(said, '\n') && strchr(said, '\n')[1], "%s", said);
}

/* EADDRNOTAVAIL of connect means the pair only where both ports are given, and the source is told. */
static void a_pair_is_said_to_be_taken_only_where_it_is_known(void)
{
	static const struct {
		int family;
		bool any; /* the source */
		int local, peer;
		enum tcp_call at;
		int error;
		bool taken;
	} pairs[] = {
	    {AF_INET, false, PORT, PEER, CALL_CONNECT, EADDRNOTAVAIL, true},
	    {AF_INET, true, PORT, PEER, CALL_CONNECT, EADDRNOTAVAIL, true},
	    {AF_INET6, false, PORT, PEER, CALL_CONNECT, EADDRNOTAVAIL, true},
	    {AF_INET6, true, PORT, PEER, CALL_CONNECT, EADDRNOTAVAIL, false},
	    {AF_INET, false, NO_PORT, PEER, CALL_CONNECT, EADDRNOTAVAIL, false},
	    {AF_INET, false, PORT, NO_PORT, CALL_CONNECT, EADDRNOTAVAIL, false},
	    {AF_INET, false, -1, PEER, CALL_CONNECT, EADDRNOTAVAIL, false},
	    {AF_INET, false, PORT, -1, CALL_CONNECT, EADDRNOTAVAIL, false},
	    {AF_INET, false, PORT, PEER, CALL_CONNECT, EACCES, false},
	    {AF_INET, false, PORT, PEER, CALL_BIND, EADDRNOTAVAIL, false},
	};
	char taken[sizeof said];
	const struct fault used = {.at = CALL_CONNECT, .error = EADDRINUSE};

	/* What it means then, in a line of its own behind the complaint. */
	report(&used, NULL, NULL, 1);
	snprintf(taken, sizeof taken, "%s", strchr(said, '\n') ? strchr(said, '\n') : "none");
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const struct fault fault = {.at = pairs[i].at, .error = pairs[i].error};
		const unsigned port = (unsigned)pairs[i].local;
		const union addr local = pairs[i].any ? addr_any(pairs[i].family, port)
						      : addr_loopback(pairs[i].family, port);
		const union addr peer = addr_loopback(pairs[i].family, (unsigned)pairs[i].peer);
		report(&fault, pairs[i].local < 0 ? NULL : &local, pairs[i].peer < 0 ? NULL : &peer,
		    1);
		CHECK((strstr(said, taken) != NULL) == pairs[i].taken, "row %zu: %s", i, said);
	}
}

static void a_fault_is_an_event_as_well(void)
{
	const union addr local = addr_loopback(AF_INET, PORT), peer = addr_loopback(AF_INET, PEER);
	const union addr none = {0};
	char events[sizeof said];

	out_style(&(struct common){.json = 1});
	const struct capture capture = capture_begin(stdout), words = capture_begin(stderr);
	report_words("getaddrinfo", 0, NULL, &none, "no %s", "name");
	report_words("bind", EADDRINUSE, &local, &peer, "taken");
	report_call("fork", EAGAIN);
	capture_end(&words, said, sizeof said);
	capture_end(&capture, events, sizeof events);
	out_style(&(struct common){0});
	static const char *const ends[] = {
	    "\"call\":\"getaddrinfo\",\"errno\":null,\"local\":null,\"peer\":null,"
	    "\"message\":\"no name\"}\n",
	    "\"call\":\"bind\",\"errno\":\"EADDRINUSE\",\"local\":\"127.0.0.1:3000\","
	    "\"peer\":\"127.0.0.1:4000\",\"message\":\"taken\"}\n",
	    "\"call\":\"fork\",\"errno\":\"EAGAIN\",\"local\":null,\"peer\":null,"
	    "\"message\":\"fork: "};
	const char *at = events;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const char *found = strstr(at, ends[i]);
		CHECK(found != NULL, "no %s in %s", ends[i], at);
		at = found ? found : at;
	}
	CHECK(strstr(said, "no name\n") && strstr(said, "taken\n") && strstr(said, "(EAGAIN)\n"),
	    "said %s", said);
}

/* Of an option that was not set its name is told, and the interface that it was to name. */
static void an_option_is_told_by_its_name(void)
{
	struct fault fault = {.at = CALL_OPTION, .error = EPERM, .option = "SO_BINDTODEVICE"};
	const union addr local = addr_loopback(AF_INET, PORT);

	report(&fault, &local, NULL, 0);
	CHECK(strstr(said, "setsockopt SO_BINDTODEVICE: ") != NULL, "%s", said);
	snprintf(fault.device, sizeof fault.device, "eth0");
	report(&fault, &local, NULL, 0);
	CHECK(strstr(said, "setsockopt SO_BINDTODEVICE 'eth0': ") != NULL, "%s", said);
}

int main(void)
{
	TEST(each_fault_is_told_with_its_own_end_and_advice);
	TEST(without_meaning_it_is_the_complaint_alone);
	TEST(a_pair_is_said_to_be_taken_only_where_it_is_known);
	TEST(a_fault_is_an_event_as_well);
	TEST(an_option_is_told_by_its_name);
	return test_failures != 0;
}
