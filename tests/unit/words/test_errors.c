/* ctest: core */
/* words/errors: the table of causes. */
#include <errno.h>

#include "words/errors.h"
#include "tcp/errname.h"
#include "tests/lib/test.h"

static void every_meaning_has_a_cause(void)
{
	for (int error = 1; error < 200; error++)
		for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++) {
			const char *meaning = errors_meaning(*call, error);
			CHECK(!meaning || errors_cause(NULL, *call, error) ||
				  (*call == CALL_CONNECT && (error == ECONNRESET)),
			    "%s from %s has a meaning and no cause", errname(error),
			    fault_call(*call));
		}
}

static void every_cause_says_how_to_tell(void)
{
	size_t count = 0;

	for (int error = 1; error < 200; error++)
		for (const struct cause *c = errors_cause(NULL, CALL_NONE, error); c;
		     c = errors_cause(c, CALL_NONE, error)) {
			count++;
			CHECK(*c->text && *c->tell, "%s: empty", errname(error));
			CHECK(c->calls, "%s: from no call", c->text);
			CHECK(c->text[strlen(c->text) - 1] != '.', "%s: full stop", c->text);
			CHECK((c->check == CHECK_TUNABLE || c->check == CHECK_QUEUE) ==
				  (c->tunable != NULL),
			    "%s", c->text);
			CHECK(errname_number(errname(error)) == error, "%d has no name", error);
		}
	CHECK(count > 50, "%zu causes", count);
}

#ifndef ENONET
#define ENONET EPROTO /* Linux alone has it; EPROTO is asked for anyway */
#endif

/* What the manual pages of Linux list for TCP; accept(2) hands on what the network said before. */
static void whatever_a_call_may_say_has_a_cause(void)
{
	static const struct {
		enum tcp_call call;
		int errors[32];
	} rows[] = {
	    {CALL_SOCKET, {EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM,
			      EPROTONOSUPPORT, EPROTOTYPE, ESOCKTNOSUPPORT}},
	    {CALL_BIND, {EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EBADF, EFAULT, EINVAL,
			    ENOBUFS, ENODEV, ENOMEM, ENOTSOCK, EPERM}},
	    {CALL_LISTEN, {EACCES, EADDRINUSE, EBADF, EDESTADDRREQ, EINVAL, EISCONN, ENOBUFS,
			      ENOMEM, ENOTSOCK, EOPNOTSUPP, EPERM}},
	    {CALL_CONNECT, {EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, EALREADY,
			       EBADF, ECONNABORTED, ECONNREFUSED, ECONNRESET, EFAULT, EHOSTDOWN,
			       EHOSTUNREACH, EINPROGRESS, EINTR, EINVAL, EISCONN, ENETDOWN,
			       ENETUNREACH, ENOBUFS, ENOMEM, ENONET, ENOPROTOOPT, ENOTSOCK,
			       EOPNOTSUPP, EPERM, EPROTO, EPROTOTYPE, ETIMEDOUT}},
	    {CALL_ACCEPT, {EAGAIN, EBADF, ECONNABORTED, EFAULT, EHOSTDOWN, EHOSTUNREACH, EINTR,
			      EINVAL, EMFILE, ENETDOWN, ENETUNREACH, ENFILE, ENOBUFS, ENOMEM,
			      ENONET, ENOPROTOOPT, ENOTSOCK, EOPNOTSUPP, EPERM, EPROTO}},
	    {CALL_SEND, {EACCES, EAFNOSUPPORT, EAGAIN, EALREADY, EBADF, ECONNABORTED, ECONNREFUSED,
			    ECONNRESET, EDESTADDRREQ, EFAULT, EHOSTUNREACH, EINPROGRESS, EINTR,
			    EINVAL, EISCONN, EMSGSIZE, ENETDOWN, ENETUNREACH, ENOBUFS, ENOMEM,
			    ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPERM, EPIPE, ETIMEDOUT}},
	    {CALL_RECV, {EAGAIN, EBADF, ECONNABORTED, ECONNREFUSED, ECONNRESET, EFAULT,
			    EHOSTUNREACH, EINTR, EINVAL, ENETDOWN, ENETUNREACH, ENOBUFS, ENOMEM,
			    ENOTCONN, ENOTSOCK, EOPNOTSUPP, ETIMEDOUT}},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (const int *error = rows[i].errors; *error; error++)
			CHECK(errors_cause(NULL, rows[i].call, *error), "%s from %s has no cause",
			    errname(*error), fault_call(rows[i].call));
	CHECK(errname_number("EWOULDBLOCK") == EAGAIN, "EWOULDBLOCK is no name");
}

static void calls_are_known_by_name(void)
{
	CHECK(errors_call("bind") == CALL_BIND, "bind");
	CHECK(errors_call("recv") == CALL_RECV, "recv");
	CHECK(errors_call("nosuchcall") == CALL_NONE, "nosuchcall");
}

/* Those that one meets most. */
static void each_errno_has_the_causes_that_it_has(void)
{
	static const struct {
		int error;
		enum tcp_call call;
		const char *text;
	} rows[] = {
	    {EADDRINUSE, CALL_BIND, "TIME_WAIT"},
	    {EADDRINUSE, CALL_BIND, "all ports of the ephemeral range"},
	    {EADDRNOTAVAIL, CALL_BIND, "no interface"},
	    {EADDRNOTAVAIL, CALL_CONNECT, "are connected to this destination already"},
	    {EADDRNOTAVAIL, CALL_CONNECT, "all ports of the ephemeral range"},
	    {ECONNREFUSED, CALL_CONNECT, "nobody listens"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct cause *cause = errors_cause(NULL, rows[i].call, rows[i].error);
		while (cause && !strstr(cause->text, rows[i].text))
			cause = errors_cause(cause, rows[i].call, rows[i].error);
		CHECK(cause, "row %zu: %s is missing", i, rows[i].text);
	}
}

int main(void)
{
	TEST(every_meaning_has_a_cause);
	TEST(every_cause_says_how_to_tell);
	TEST(whatever_a_call_may_say_has_a_cause);
	TEST(calls_are_known_by_name);
	TEST(each_errno_has_the_causes_that_it_has);
	return test_failures != 0;
}
