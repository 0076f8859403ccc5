#include <errno.h>

#include "words/errors.h"

/* From the manual pages socket(7), ip(7), tcp(7), bind(2), listen(2), connect(2), accept(2), send(2),
 * recv(2), from POSIX, and tried on Linux 6.18. */
static const struct {
	enum tcp_call call;
	int error;
	const char *text;
} meanings[] = {
    {CALL_SOCKET, EAFNOSUPPORT, "this system has no such family, or it is turned off (IPv6)"},
    {CALL_BIND, EADDRINUSE,
	"another socket holds this address and port, and they do not both allow sharing"},
    {CALL_BIND, EADDRNOTAVAIL, "no interface of this machine has this address"},
    {CALL_BIND, EACCES,
	"the port is privileged (net.ipv4.ip_unprivileged_port_start), or a sandbox forbids it"},
    {CALL_BIND, EPERM, "a sandbox forbids it: seccomp, or a BPF program of the control group"},
    {CALL_BIND, EINVAL, "a link-local address needs its interface: fe80::1%eth0"},
    {CALL_LISTEN, EADDRINUSE,
	"bind was allowed, but listen is stricter: another socket is in the way"},
    {CALL_CONNECT, EADDRNOTAVAIL,
	"no source address, or no source port for this destination, is available: 'reuse why "
	"EADDRNOTAVAIL connect'"},
    {CALL_CONNECT, EADDRINUSE,
	"this connection exists already, or is in TIME_WAIT: change an address or a port"},
    {CALL_CONNECT, ECONNREFUSED, "nobody listens on that port there, or a firewall refuses it"},
    {CALL_CONNECT, ECONNRESET, "the other end accepted the connection and dropped it"},
    {CALL_CONNECT, ENETUNREACH, "no route leads from the source address to that network"},
    {CALL_CONNECT, EHOSTUNREACH,
	"nobody answers for that host on the link, or a router or firewall reports it"},
    {CALL_CONNECT, ENETDOWN, "the interface is down"},
    {CALL_CONNECT, ETIMEDOUT,
	"no answer: a firewall, a host that is off, or a listener whose queue is full"},
    {CALL_CONNECT, EACCES, "a sandbox, a security module or a route forbids it"},
    {CALL_CONNECT, EPERM, "a sandbox forbids it: seccomp, or a BPF program of the control group"},
    {CALL_CONNECT, EINVAL,
	"a loopback source leads to no other network; a link-local address needs its interface: fe80::1%eth0"},
    {CALL_CONNECT, EAFNOSUPPORT,
	"one end is an IPv4 address, also as ::ffff:1.2.3.4, and the other is not"},
    {CALL_CONNECT, EINPROGRESS, "no failure: a non-blocking connect is under way"},
    {CALL_ACCEPT, EAGAIN, "no failure: no connection waits to be accepted"},
    {CALL_ACCEPT, ECONNABORTED, "the connection ended before it was accepted; accept again"},
    {CALL_SEND, EPIPE, "this end of the connection can send no more"},
    {CALL_SEND, EAGAIN, "no failure: the send buffer is full"},
    {CALL_SEND, ECONNRESET, "the other end dropped the connection"},
    {CALL_RECV, EAGAIN, "no failure: nothing has arrived"},
    {CALL_RECV, ECONNRESET, "the other end dropped the connection"},
};

const char *errors_meaning(enum tcp_call call, int error)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].call == call && meanings[i].error == error)
			return meanings[i].text;
	return NULL;
}
