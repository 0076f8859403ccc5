#include <errno.h>
#include <stddef.h>

#include "lore/errors.h"

/* From the manual pages socket(7), tcp(7), bind(2), connect(2), and tried on Linux 6.18. */
static const struct {
	enum tcp_call call;
	int error;
	const char *text;
} meanings[] = {
    {CALL_SOCKET, EAFNOSUPPORT, "this system has no such family, or it is turned off (IPv6)"},
    {CALL_BIND, EADDRINUSE,
	"another socket holds this address and port, and the two do not both allow sharing it"},
    {CALL_BIND, EADDRNOTAVAIL, "no interface of this machine has this address"},
    {CALL_BIND, EACCES, "ports below 1024 are for root (CAP_NET_BIND_SERVICE)"},
    {CALL_BIND, EINVAL, "an address of the link needs its interface: fe80::1%eth0"},
    {CALL_CONNECT, EADDRNOTAVAIL,
	"this very pair of ends is connected already, or in TIME_WAIT: change an address or a port"},
    {CALL_CONNECT, EADDRINUSE,
	"this very pair of ends is connected already, or in TIME_WAIT: change an address or a port"},
    {CALL_CONNECT, ECONNREFUSED, "the machine is there, but nobody listens on that port"},
    {CALL_CONNECT, ECONNRESET, "the other end took the connection and threw it away"},
    {CALL_CONNECT, ENETUNREACH, "there is no route from the source address to that network"},
    {CALL_CONNECT, EHOSTUNREACH, "a router or the link says that this host cannot be reached"},
    {CALL_CONNECT, ENETDOWN, "the interface is down"},
    {CALL_CONNECT, ETIMEDOUT,
	"no answer: a firewall, a host that is off, or a listener whose queue is full"},
    {CALL_CONNECT, EACCES, "a firewall rule or a missing right forbids it (broadcast address?)"},
    {CALL_CONNECT, EPERM, "a local firewall rule forbids it"},
    {CALL_CONNECT, EINVAL,
	"the source cannot reach the destination: a loopback address leads to no other network"},
};

const char *errors_meaning(enum tcp_call call, int error)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].call == call && meanings[i].error == error)
			return meanings[i].text;
	return NULL;
}
