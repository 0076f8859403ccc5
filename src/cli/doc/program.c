#include "cli/doc/program.h"

const char doc_purpose[] = "Learn, try and diagnose how TCP sockets share addresses and ports "
			   "(SO_REUSEADDR, SO_REUSEPORT).";

const char doc_story[] =
    "A connection is identified by four values (the four-tuple): source address, source port,\n"
    "destination address and destination port. As long as one of them differs, any number of\n"
    "connections may have the same source. But bind(2) refuses an address and port that are in use\n"
    "(EADDRINUSE), unless socket options allow sharing: SO_REUSEADDR lets a server start again\n"
    "while its old connections still linger in TIME_WAIT, SO_REUSEPORT lets several servers\n"
    "listen on one port and several clients connect from one. What exactly they allow differs\n"
    "from system to system.\n"
    "\n"
    "'reuse listen' is an echo server and 'reuse connect' a heartbeat client with a source of\n"
    "your choice; both set these options, or leave them off. The other commands ask the kernel.";

const char doc_session[] =
    "Two connections that share one source address and port, each command in its own terminal:\n"
    "\n"
    "  reuse listen 3000 127.0.0.1\n"
    "  reuse listen 3002 127.0.0.1\n"
    "  reuse connect 127.0.0.1 3001 127.0.0.1 3000 hello\n"
    "  reuse connect 127.0.0.1 3001 127.0.0.1 3002 world\n"
    "\n"
    "Whether this kernel lets two sockets listen on one port:\n"
    "\n"
    "  reuse try 'a bind :P reuseport' 'b bind :P reuseport' 'a listen' 'b listen'";

const char doc_conventions[] =
    "A duration is a number of seconds, or a number with a unit: 0.2, 200ms, 5s, 2m, 1h. A\n"
    "count is a number, or a number with k (1000) or M (1000000). Options come before or after\n"
    "operands, -- ends them, and if an option is given twice, the last one counts.\n"
    "\n"
    "An address is IPv4, IPv6 (::1, fe80::1%eth0) or a host name; a port is a number or a\n"
    "service name. Address and port in one word: 127.0.0.1:3000, [::1]:3000 or :3000.\n"
    "\n"
    "Results go to standard output and complaints to standard error, line by line, even into a\n"
    "pipe. With --json each line of standard output is an object with event and ts, the Unix\n"
    "time in seconds; the first one, start, has the schema, the command and the version.\n"
    "Control characters and bytes that are not UTF-8 are written as \\xNN. Output is coloured\n"
    "on a terminal, unless NO_COLOR is set or TERM is dumb, and wherever CLICOLOR_FORCE is set\n"
    "and not 0; --color always and --color never override both.";

const char doc_statuses[] =
    "The exit status is 0 when everything was done, 1 when the kernel or the peer refused, 2\n"
    "when the command line is malformed (then no socket was opened), and 130 when SIGINT or\n"
    "SIGTERM interrupted a command other than listen, connect and run. What 0 and 1 mean\n"
    "exactly, each command's help explains.";
