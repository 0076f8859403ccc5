#include <errno.h>
#include <string.h>

#include "words/errors.h"

const enum tcp_call errors_calls[] = {CALL_SOCKET, CALL_BIND, CALL_LISTEN, CALL_CONNECT,
    CALL_ACCEPT, CALL_SEND, CALL_RECV, CALL_NONE};

enum tcp_call errors_call(const char *name)
{
	for (const enum tcp_call *call = errors_calls; *call != CALL_NONE; call++)
		if (!strcmp(fault_call(*call), name))
			return *call;
	return CALL_NONE;
}

enum {
	SOCKET = 1 << CALL_SOCKET,
	BIND = 1 << CALL_BIND,
	LISTEN = 1 << CALL_LISTEN,
	CONNECT = 1 << CALL_CONNECT,
	ACCEPT = 1 << CALL_ACCEPT,
	SEND = 1 << CALL_SEND,
	RECV = 1 << CALL_RECV,
	TRAFFIC = SEND | RECV,
	SLOW = CONNECT | ACCEPT | SEND | RECV, /* those that wait for others */
	OPENED = BIND | LISTEN | SLOW,         /* those that are given a socket */
};

static const struct cause causes[] = {
    /* Sharing. */
    {EADDRINUSE, BIND,
	"another socket is bound to this address and port, or to the wildcard of its family, and the "
	"two do not both have SO_REUSEADDR (holder not listening), nor both SO_REUSEPORT (same user)",
	"'reuse why ADDR:PORT' names the holder and tries the options", CHECK_NONE, NULL},
    {EADDRINUSE, BIND, "a closed connection of that port is still in TIME_WAIT, up to a minute",
	"'reuse why ADDR:PORT' shows the seconds left; SO_REUSEADDR on the old and the new socket makes it harmless",
	CHECK_NONE, NULL},
    {EADDRINUSE, BIND,
	"an IPv6 socket on :: without IPV6_V6ONLY has the port for IPv4 as well, or the other way round",
	"'reuse why PORT' lists both families", CHECK_NONE, NULL},
    {EADDRINUSE, BIND, "an outgoing connection happens to have been given that port",
	"'reuse why ADDR:PORT' shows that the kernel picked it; net.ipv4.ip_local_reserved_ports "
	"keeps server ports out of the range",
	CHECK_TUNABLE, "net.ipv4.ip_local_reserved_ports"},
    {EADDRINUSE, BIND | LISTEN, "with port 0: all ports of the ephemeral range are taken",
	"bind to port 0 once more; 'reuse limits' counts the range", CHECK_PORT_RANGE, NULL},
    {EADDRINUSE, BIND,
	"no socket has it, and a sandbox answers so: a seccomp filter or a BPF program of the control "
	"group; in WSL with mirrored networking the port is Windows's",
	"'grep Seccomp /proc/PID/status' shows 2; on Windows 'netstat -ano' shows its holder",
	CHECK_SANDBOX, NULL},
    {EADDRINUSE, LISTEN,
	"another socket listens here, or was bound and shares by SO_REUSEADDR alone: beside a "
	"listener both need SO_REUSEPORT",
	"'reuse why ADDR:PORT' shows who listens, with its options", CHECK_NONE, NULL},
    {EADDRINUSE, CONNECT,
	"a connection with the same four-tuple exists already (BSD and macOS; EADDRNOTAVAIL on Linux)",
	"'reuse why SOURCE:PORT' shows where the connections from that source lead",
	CHECK_NOT_LINUX, NULL},
    {EADDRNOTAVAIL, CONNECT,
	"the same source address and port are connected to this destination already, or were, and are in TIME_WAIT",
	"'reuse why SOURCE:PORT' shows where its connections lead; take another source port",
	CHECK_PAIR, NULL},
    {EADDRNOTAVAIL, CONNECT, "all ports of the ephemeral range are in use towards this destination",
	"'reuse limits' counts them; binding with SO_REUSEADDR to one port of your own, or more "
	"source addresses, allows more",
	CHECK_CONNECT_PORTS, NULL},
    {EADDRNOTAVAIL, BIND, "no interface of this machine has the address",
	"'ip address' lists them (ifconfig elsewhere); net.ipv4.ip_nonlocal_bind=1 allows it all the same",
	CHECK_FOREIGN_ADDRESS, NULL},
    {EADDRNOTAVAIL, BIND | CONNECT,
	"the IPv6 address is new, and still being checked for a duplicate (tentative)",
	"'ip -6 address show tentative' lists them", CHECK_TENTATIVE, NULL},
    {EADDRNOTAVAIL, BIND | CONNECT, "another machine on the link has the IPv6 address (dadfailed)",
	"'ip -6 address show dadfailed' lists them", CHECK_TWIN, NULL},
    {EADDRNOTAVAIL, BIND | CONNECT,
	"no interface has an address of that family: IPv6 is turned off there "
	"(net.ipv6.conf.*.disable_ipv6), or has no usable source address",
	"'ip -6 address' lists none", CHECK_NO_SOURCE, NULL},
    {EADDRNOTAVAIL, CONNECT, "the destination has port 0 (BSD and macOS; ECONNREFUSED on Linux)",
	"look at the destination", CHECK_NOT_LINUX, NULL},

    /* Rights. */
    {EACCES, BIND, "the port is below the first one that everybody may bind",
	"compare it with net.ipv4.ip_unprivileged_port_start; root may, and a program after 'setcap "
	"cap_net_bind_service+ep PROGRAM'",
	CHECK_PRIVILEGED_PORT, NULL},
    {EACCES, BIND,
	"the network belongs to another user namespace: root here has no privilege there",
	"'lsns -t net' and 'lsns -t user' show whose it is", CHECK_FOREIGN_NETWORK, NULL},
    {EACCES, BIND | CONNECT,
	"a Landlock sandbox lets this process bind or connect to few ports, or none",
	"a port that nobody holds, from the first unprivileged one on, is refused to it as well",
	CHECK_LANDLOCK, NULL},
    {EACCES, BIND,
	"a sandbox forbids it: a seccomp filter, a BPF program of the control group, or a security module",
	"'grep Seccomp /proc/PID/status' shows 2; 'ausearch -m avc -ts recent' or 'dmesg'",
	CHECK_SANDBOX, NULL},
    {EACCES, SOCKET | OPENED, "a security module (SELinux, AppArmor) forbids it",
	"'ausearch -m avc -ts recent' or 'dmesg' shows the refusal", CHECK_NONE, NULL},
    {EACCES, CONNECT, "the route is of type prohibit", "'ip route get ADDR'", CHECK_ROUTE_SAYS,
	NULL},
    {EACCES, CONNECT, "a broadcast address, and a datagram socket without SO_BROADCAST",
	"'ip route get ADDR'", CHECK_NONE, NULL},
    {EACCES, SEND, "the destination is a broadcast address, or a firewall or a route forbids it",
	"'nft list ruleset' (as root), 'ip route get ADDR'", CHECK_NONE, NULL},
    {EPERM, SEND | ACCEPT, "a firewall rule of this machine forbids it",
	"'nft list ruleset' or 'iptables -S' (as root)", CHECK_NONE, NULL},
    {EPERM, SOCKET | BIND | LISTEN | CONNECT,
	"a sandbox forbids it: a seccomp filter of the process",
	"'grep Seccomp /proc/PID/status' shows 2", CHECK_FILTER, NULL},
    {EPERM, BIND,
	"a BPF program of the control group forbids it, as systemd's SocketBindDeny= does",
	"'bpftool cgroup tree' (as root), 'systemctl show UNIT -p SocketBindDeny'", CHECK_GROUP,
	NULL},
    {EPERM, SOCKET | CONNECT, "a BPF program of the control group forbids it",
	"'bpftool cgroup tree' (as root)", CHECK_GROUP, NULL},

    /* Nobody there. */
    {ECONNREFUSED, CONNECT, "nobody listens on that port of that machine",
	"there: 'reuse why PORT' or 'ss -ltn'", CHECK_LISTENER, NULL},
    {ECONNREFUSED, CONNECT,
	"the server listens on another address of that machine, such as 127.0.0.1 alone, or for the other IP version",
	"there: 'reuse why PORT' shows its address", CHECK_NONE, NULL},
    {ECONNREFUSED, CONNECT, "a firewall answers with a reset or 'port unreachable'",
	"a refusal that takes longer or shorter than a ping hints at it", CHECK_FIREWALL, NULL},
    {ECONNREFUSED, TRAFFIC, "a non-blocking connect was refused, and this call reports it",
	"the causes of 'reuse why ECONNREFUSED connect'", CHECK_NONE, NULL},
    {ETIMEDOUT, CONNECT, "a firewall on the path, or on that machine, drops what we send",
	"other ports of that machine answer or refuse", CHECK_FIREWALL, NULL},
    {ETIMEDOUT, CONNECT, "that machine is off, or the address is wrong", "ping it", CHECK_NONE,
	NULL},
    {ETIMEDOUT, CONNECT, "the listener's queue is full: it does not accept fast enough",
	"there: 'reuse why PORT' shows how many are not accepted yet", CHECK_QUEUE,
	"net.core.somaxconn"},
    {ETIMEDOUT, TRAFFIC,
	"what was sent, or a keepalive probe, was not acknowledged after many tries: the other "
	"machine is gone, or the path to it",
	"ping it; net.ipv4.tcp_retries2 is the number of tries", CHECK_TUNABLE,
	"net.ipv4.tcp_retries2"},
    {ENETUNREACH, SLOW, "no route leads to that network",
	"'ip route get ADDR'; for IPv6 'ip -6 route show default'", CHECK_ROUTE, NULL},
    {ENETUNREACH, CONNECT, "the destination is a broadcast or multicast address: TCP has none",
	"'ip route get ADDR' shows broadcast or multicast", CHECK_BROADCAST, NULL},
    {EHOSTUNREACH, SLOW, "nobody on the link answers for that address, or a router reports it",
	"'ip neigh' shows FAILED; 'ip route get ADDR' shows the way", CHECK_NONE, NULL},
    {EHOSTUNREACH, CONNECT, "the route is of type unreachable", "'ip route get ADDR'",
	CHECK_ROUTE_SAYS, NULL},
    {EHOSTUNREACH, CONNECT, "a firewall rejects with 'host unreachable' or 'prohibited'",
	"ping still answers", CHECK_FIREWALL, NULL},
/* Answers of ICMP: icmp_err_convert, icmp.c. */
#ifdef EHOSTDOWN
    {EHOSTDOWN, SLOW, "a router reports that the host is not known, or the link that it is off",
	"'tcpdump icmp' (as root) shows the answer; 'ip neigh'", CHECK_NONE, NULL},
#endif
#ifdef ENONET
    {ENONET, SLOW, "a router reports that the host is isolated",
	"'tcpdump icmp' (as root) shows the answer", CHECK_NONE, NULL},
#endif
    {ENOPROTOOPT, SLOW, "the other machine reports that it has no such protocol",
	"'tcpdump icmp' (as root) shows the answer", CHECK_NONE, NULL},
    {EPROTO, CONNECT | TRAFFIC,
	"a router or the other machine reports that a packet of ours is malformed",
	"'tcpdump icmp' (as root) shows the answer", CHECK_NONE, NULL},
    {ENETDOWN, SLOW, "the outgoing interface is down", "'ip link' lists them", CHECK_NONE, NULL},

    /* Ends. */
    {ECONNRESET, CONNECT | TRAFFIC,
	"the other process closed with bytes unread, ended, or reset it on purpose; or its listener "
	"closed while this connection waited in its queue",
	"its log; 'reuse why PORT' there shows whether the listener still exists", CHECK_NONE,
	NULL},
    {ECONNRESET, TRAFFIC, "a device on the path (NAT, load balancer) has forgotten the connection",
	"it comes after a silence; SO_KEEPALIVE prevents it", CHECK_TUNABLE,
	"net.ipv4.tcp_keepalive_time"},
    {EPIPE, SEND, "the other end had closed and answered earlier bytes with a reset",
	"an earlier recv returned 0 or ECONNRESET", CHECK_NONE, NULL},
    {EPIPE, SEND, "shutdown(SHUT_WR) was called on this socket",
	"'strace -e trace=shutdown'; SIGPIPE comes first unless ignored or MSG_NOSIGNAL is given",
	CHECK_NONE, NULL},
    {EPIPE, SEND, "the socket was never connected, or it listens (Linux; elsewhere ENOTCONN)",
	"getpeername fails", CHECK_NONE, NULL},
    {ECONNABORTED, CONNECT | TRAFFIC,
	"somebody on this machine ended the connection: 'ss -K', or its address was taken away",
	"'ip address' shows whether it is there", CHECK_NONE, NULL},
    {ECONNABORTED, ACCEPT, "the client gave up before it was accepted",
	"no more than a hint; accept again", CHECK_NONE, NULL},
    {ENOTCONN, TRAFFIC, "the socket is not connected, or no longer",
	"connect has not ended yet, or failed; it may be the listening socket", CHECK_NONE, NULL},

    /* Not yet. */
    {EAGAIN, ACCEPT,
	"no connection waits to be accepted, and the socket is non-blocking or its SO_RCVTIMEO has expired",
	"poll for POLLIN", CHECK_NONE, NULL},
    {EAGAIN, CONNECT,
	"no memory for a route to the destination, or a local (AF_UNIX) listener's queue is full",
	"try again; for TCP 'ip route get ADDR'", CHECK_NONE, NULL},
    {EAGAIN, RECV,
	"nothing has arrived, and the socket is non-blocking or its SO_RCVTIMEO has expired",
	"poll for POLLIN", CHECK_NONE, NULL},
    {EAGAIN, SEND,
	"the send buffer is full, and the socket is non-blocking or its SO_SNDTIMEO has expired: "
	"the other end reads too slowly",
	"poll for POLLOUT; 'ss -tn' shows Send-Q", CHECK_NONE, NULL},
    {EINPROGRESS, CONNECT, "the socket is non-blocking, or its SO_SNDTIMEO has expired",
	"poll for POLLOUT, then getsockopt SO_ERROR", CHECK_NONE, NULL},
    {EINPROGRESS, SEND, "MSG_FASTOPEN on a non-blocking socket: the SYN is under way, without data",
	"poll for POLLOUT, then send again", CHECK_NONE, NULL},
    {EALREADY, SEND, "MSG_FASTOPEN, while an earlier connect is still under way",
	"poll for POLLOUT", CHECK_NONE, NULL},
    {EALREADY, CONNECT, "an earlier connect of this socket is still under way", "poll for POLLOUT",
	CHECK_NONE, NULL},
    {EINTR, SLOW, "a signal interrupted the call",
	"call again; after connect poll for POLLOUT instead", CHECK_NONE, NULL},

    /* No room. */
    {EMFILE, SOCKET | ACCEPT, "the process has reached its limit of descriptors",
	"'ls /proc/PID/fd | wc -l' and 'prlimit -n -p PID'", CHECK_DESCRIPTORS, NULL},
    {ENFILE, SOCKET | ACCEPT, "the system has reached its limit of open files",
	"'sysctl fs.file-nr fs.file-max'", CHECK_TUNABLE, "fs.file-nr"},
    {ENOBUFS, OPENED | SOCKET, "no memory for the socket or its buffers",
	"'cat /proc/net/sockstat' against net.ipv4.tcp_mem", CHECK_TUNABLE, "net.ipv4.tcp_mem"},
    {ENOMEM, OPENED | SOCKET, "no memory for the socket or its buffers",
	"'cat /proc/net/sockstat' against net.ipv4.tcp_mem", CHECK_TUNABLE, "net.ipv4.tcp_mem"},

    /* Wrong use. */
    {EAFNOSUPPORT, SOCKET, "this kernel has no IPv6 (or that family), or it is turned off",
	"'sysctl net.ipv6.conf.all.disable_ipv6'; /proc/net/if_inet6 is not there", CHECK_IPV6,
	NULL},
    {EAFNOSUPPORT, SOCKET,
	"a seccomp filter forbids that family, as systemd's RestrictAddressFamilies= makes it",
	"'grep Seccomp /proc/PID/status' shows 2, 'systemctl show UNIT -p RestrictAddressFamilies'",
	CHECK_FAMILY, NULL},
    {EAFNOSUPPORT, BIND | CONNECT, "an address of one family was given to a socket of another",
	"--explain, or strace, shows both", CHECK_NONE, NULL},
    {EAFNOSUPPORT, SEND, "the address given to sendto is of another family",
	"'strace -e trace=sendto'", CHECK_NONE, NULL},
    {EPROTOTYPE, SOCKET,
	"the protocol is not of that type, such as TCP with SOCK_DGRAM (EPROTONOSUPPORT on Linux)",
	"for TCP: AF_INET or AF_INET6, SOCK_STREAM, 0", CHECK_NOT_LINUX, NULL},
    {EPROTOTYPE, CONNECT, "the local (AF_UNIX) socket there is of another type",
	"'ss -xl' shows its type; TCP never returns this", CHECK_NONE, NULL},
#ifdef ESOCKTNOSUPPORT
    {ESOCKTNOSUPPORT, SOCKET, "there is no such type in that family",
	"for TCP: AF_INET or AF_INET6, SOCK_STREAM, 0", CHECK_NONE, NULL},
#endif
    {EPROTONOSUPPORT, SOCKET, "family, type and protocol do not match",
	"for TCP: AF_INET or AF_INET6, SOCK_STREAM, 0", CHECK_NONE, NULL},
    {EINVAL, SOCKET, "unknown flags in the type, or an unknown family", "'strace -e trace=socket'",
	CHECK_NONE, NULL},
    {EINVAL, BIND, "the socket is bound already", "getsockname shows a port that is not 0",
	CHECK_BOUND_ALREADY, NULL},
    {EINVAL, BIND, "it is an IPv6 multicast address, and TCP has none",
	"multicast addresses begin with ff", CHECK_MULTICAST, NULL},
    {EINVAL, BIND, "an IPv4 address written as IPv6, on a socket with IPV6_V6ONLY",
	"'sysctl net.ipv6.bindv6only'; strace shows the setsockopt", CHECK_MAPPED, NULL},
    {EINVAL, BIND | CONNECT, "a link-local address (fe80::) without its interface",
	"write it as fe80::1%eth0: sin6_scope_id", CHECK_SCOPE, NULL},
    {EINVAL, LISTEN, "the socket is connected already", "getpeername succeeds", CHECK_NONE, NULL},
    {EINVAL, SEND, "flags that exclude each other, or a message with a malformed header",
	"'strace -e trace=sendto,sendmsg'", CHECK_NONE, NULL},
    {EINVAL, RECV, "MSG_OOB, and there is no urgent byte, or it was read already",
	"'strace -e trace=recvfrom,recvmsg'", CHECK_NONE, NULL},
    {EINVAL, CONNECT, "a loopback source cannot reach another machine",
	"'ip route get ADDR from SOURCE'", CHECK_LOOPBACK_SOURCE, NULL},
    {EINVAL, CONNECT, "the route is of type blackhole", "'ip route get ADDR'", CHECK_ROUTE_SAYS,
	NULL},
    {EINVAL, ACCEPT, "the socket does not listen", "listen was not called, or failed", CHECK_NONE,
	NULL},
    {ENODEV, BIND, "the interface of a link-local address does not exist", "'ip link' lists them",
	CHECK_NONE, NULL},
    {EISCONN, CONNECT, "the socket is connected already", "getpeername succeeds", CHECK_NONE, NULL},
    {EISCONN, SEND,
	"an address was given, and the socket is connected (MSG_FASTOPEN; sendto on some systems)",
	"'strace -e trace=sendto'; getpeername succeeds", CHECK_NONE, NULL},
    {EMSGSIZE, SEND, "more at once than the protocol can carry: TCP has no such limit",
	"getsockopt SO_TYPE shows whether it is a datagram socket", CHECK_NONE, NULL},
    {EOPNOTSUPP, TRAFFIC, "a flag that this type of socket does not have",
	"'strace -e trace=sendto,recvfrom'", CHECK_NONE, NULL},
    {EOPNOTSUPP, CONNECT, "the socket listens (EISCONN on Linux)",
	"getsockopt SO_ACCEPTCONN returns 1", CHECK_NOT_LINUX, NULL},
    {EOPNOTSUPP, SEND, "MSG_FASTOPEN, and net.ipv4.tcp_fastopen does not allow it to clients",
	"its lowest bit is for clients", CHECK_TUNABLE, "net.ipv4.tcp_fastopen"},
    {EOPNOTSUPP, LISTEN | ACCEPT, "the socket is not a stream socket", "getsockopt SO_TYPE",
	CHECK_NONE, NULL},
    {EDESTADDRREQ, LISTEN, "the socket is not bound, where the system does not pick a port then",
	"getsockname shows port 0", CHECK_NONE, NULL},
    {EISCONN, LISTEN, "the socket is connected already (EINVAL on Linux)", "getpeername succeeds",
	CHECK_NOT_LINUX, NULL},
    {EDESTADDRREQ, SEND, "the socket has no peer", "getpeername fails", CHECK_NONE, NULL},
    {EPROTO, ACCEPT, "the connection ended badly before it was accepted", "accept again",
	CHECK_NONE, NULL},
    {EFAULT, OPENED, "a pointer leads outside the process's memory", "a debugger, or valgrind",
	CHECK_NONE, NULL},
    {EBADF, OPENED, "the descriptor is not open: closed already, or never opened",
	"'ls -l /proc/PID/fd'; strace shows the close", CHECK_NONE, NULL},
    {ENOTSOCK, OPENED, "the descriptor is a file, a pipe or the like",
	"'ls -l /proc/PID/fd' shows what it is", CHECK_NONE, NULL},
};

const struct cause *errors_cause(const struct cause *after, enum tcp_call call, int error)
{
	const struct cause *const end = causes + sizeof causes / sizeof *causes;

	for (const struct cause *c = after ? after + 1 : causes; c < end; c++)
		if ((!error || c->error == error) && (call == CALL_NONE || (c->calls & 1U << call)))
			return c;
	return NULL;
}
