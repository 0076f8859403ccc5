#include "cli/doc/program.h"

const char doc_purpose[] = "Learn, try and diagnose how TCP sockets share addresses and ports "
			   "(SO_REUSEADDR, SO_REUSEPORT).";

const char doc_story[] =
    "A connection is known by all four of its ends' parts: source address, source port,\n"
    "destination address and destination port. As long as one of them differs, any number of\n"
    "connections may have the same source. But bind(2) refuses an address and port that is taken\n"
    "(EADDRINUSE), unless socket options allow sharing:\n"
    "SO_REUSEADDR lets a server start again while its old connections still linger in TIME_WAIT,\n"
    "SO_REUSEPORT lets several servers listen on one port and several clients dial from one.\n"
    "What exactly they allow differs from system to system.\n"
    "\n"
    "'reuse listen' is an echo server and 'reuse connect' a heartbeat client with a source of your\n"
    "choice; both set these options, or leave them off. The other commands ask the kernel.";

const char doc_session[] =
    "Two connections that share one source address and port, each command in a terminal of its\n"
    "own:\n"
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
    "A duration is a number of seconds, or has its unit behind it: 0.2, 200ms, 5s, 2m, 1h. A count\n"
    "is written in digits, or with k (1000) or M (1000000) behind them. Options stand before or\n"
    "after operands, -- ends them, and of an option given twice the last one counts.\n"
    "\n"
    "An address is IPv4, IPv6 (::1, fe80::1%eth0) or the name of a host; a port is a number or the\n"
    "name of a service. Both in one word are written 127.0.0.1:3000, [::1]:3000 or :3000.\n"
    "\n"
    "Results go to standard output, complaints to standard error, both line by line, also into a\n"
    "pipe. With --json each line of standard output is an object with event and ts, the Unix time\n"
    "in seconds; the first one, start, has the schema, the command and the version. Control\n"
    "characters and bytes that are no UTF-8 are written as \\xNN. There is colour on a terminal\n"
    "where NO_COLOR is empty and TERM is not dumb, and wherever CLICOLOR_FORCE is set and not 0;\n"
    "--color always and --color never have the last word.";
