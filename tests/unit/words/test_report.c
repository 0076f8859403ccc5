/* ctest: core */
/* words/report: what is said of a fault, line by line, and what is not. */
#include <errno.h>

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

int main(void)
{
	TEST(each_fault_is_told_with_its_own_end_and_advice);
	TEST(without_meaning_it_is_the_complaint_alone);
	return test_failures != 0;
}
