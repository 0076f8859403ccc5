#include <string.h>

#include "cli/doc/events.h"

#define EVENT(commands, name, text)                                                                \
	{                                                                                          \
		commands, name, NULL, text                                                         \
	}
#define FIELD(name, type, text)                                                                    \
	{                                                                                          \
		NULL, name, type, text                                                             \
	}
#define SOCKET                                                                                     \
	FIELD("protocol", "text", "tcp or udp"),                                                   \
	    FIELD("state", "text", "as ss shows it: LISTEN, ESTABLISHED, TIME_WAIT"),              \
	    FIELD("local", "text", "its address and port"),                                        \
	    FIELD("peer", "text or null", "the other end; null where there is none"),              \
	    FIELD(                                                                                 \
		"in_the_way", "true or false", "whether it blocks an address that was asked for"), \
	    FIELD("uid", "number or null", "the user it belongs to"),                              \
	    FIELD("user", "text or null", "that user's name; null where it is not mapped"),        \
	    FIELD("options", "list or null", "its options; null where they cannot be read"),       \
	    FIELD("device", "text or null", "the interface it is bound to"),                       \
	    FIELD("seconds_left", "number or null",                                                \
		"until it ends, for TIME_WAIT and for FIN_WAIT2 without a process"),               \
	    FIELD("queue", "number or null", "connections waiting in the accept queue"),           \
	    FIELD("queue_limit", "number or null", "the limit of that queue"),                     \
	    FIELD("drops", "number or null", "how many connections were dropped"),                 \
	    FIELD("namespace", "text or null",                                                     \
		"another network namespace; null for the caller's own"),                           \
	    FIELD("note", "text or null", "what else is known of it"),                             \
	    FIELD("unit", "text or null", "the systemd unit, as systemctl status names it"),       \
	    FIELD("container", "text or null", "the container's id, 64 digits"),                   \
	    FIELD("pids", "list", "the processes that have it open"),                              \
	    FIELD("pids[].pid", "number", "the process"),                                          \
	    FIELD("pids[].program", "text or null", "its name, as ps shows it"),                   \
	    FIELD("pids[].command", "text or null", "its command line"),                           \
	    FIELD("pids[].started", "number or null", "Unix time"),                                \
	    FIELD("pids[].unit", "text or null", "its systemd unit"),                              \
	    FIELD("pids[].container", "text or null", "its container's id"),                       \
	    FIELD("pids[].state", "text or null", "as ps shows it: S, T where it is stopped")

const struct event_row event_rows[] = {
    EVENT("", "start", "the first line"),
    FIELD("schema", "number", "the version of these events: 1"),
    FIELD("command", "text", "the command that writes them"),
    FIELD("version", "text", "the program's version"),
    EVENT("", "error", "a call failed; the complaint goes to stderr as well"),
    FIELD("call", "text or null", "bind, listen, connect, getaddrinfo, ..."),
    FIELD("errno", "text or null", "EADDRINUSE, ...; null where there is none"),
    FIELD("local", "text or null", "the address and port at this end"),
    FIELD("peer", "text or null", "the address and port at the other end"),
    FIELD("message", "text", "the complaint without the program's name"),

    EVENT("listen", "listening", "clients can connect"),
    FIELD("local", "text", "the address and port; for port 0 the one the kernel chose"),
    FIELD("options", "list", "those of SO_REUSEADDR, SO_REUSEPORT and IPV6_V6ONLY that are set"),
    EVENT("listen", "opened", "a connection was accepted"),
    FIELD("peer", "text", "the client's address and port"),
    FIELD("local", "text", "the address and port at this end"),
    FIELD("worker", "number", "the worker that has it, from 0; absent without --workers"),
    EVENT("listen", "heard", "bytes arrived and are echoed"),
    FIELD("peer", "text", "the client's address and port"),
    FIELD("bytes", "number", "how many"),
    FIELD("worker", "number", "as above"),
    EVENT("listen", "closed", "a connection ended"),
    FIELD("peer", "text", "the client's address and port"),
    FIELD("bytes", "number", "how many were echoed on it in total"),
    FIELD("reason", "text", "peer, reset, idle, owed, stopped or the name of an errno"),
    FIELD("worker", "number", "as above"),
    EVENT("listen run", "left_out", "lines were not written, because nobody read them in time"),
    FIELD("lines", "number", "how many"),
    EVENT("listen", "summary", "at the end; with --workers one for each and one for all"),
    FIELD("connections", "number", "accepted"),
    FIELD("bytes", "number", "echoed"),
    FIELD("seconds", "number", "since the first line"),
    FIELD("worker", "number", "whose summary it is; absent in the one for all"),

    EVENT("connect", "connected", "the connection is made"),
    FIELD("local", "text", "the address and port at this end"),
    FIELD("peer", "text", "the server's address and port"),
    FIELD("ms", "number", "how long connect took, in milliseconds"),
    EVENT("connect", "beat", "a heartbeat came back whole"),
    FIELD("seq", "number", "its number, from 1"),
    FIELD("bytes", "number", "its length"),
    FIELD("rtt_ms", "number", "its round trip, in milliseconds"),
    EVENT("connect", "lost", "a heartbeat did not come back"),
    FIELD("seq", "number", "its number"),
    FIELD("reason", "text", "as in closed"),
    FIELD("at", "number", "on a mismatch: the offset of the first wrong byte, from 0"),
    FIELD("want", "number", "the byte that was sent"),
    FIELD("got", "number", "the byte that came back"),
    EVENT("connect", "closed", "the connection ended"),
    FIELD("reason", "text",
	"done, timeout, mismatch, surplus, peer, reset, stopped or the name of an errno"),
    EVENT("connect", "summary", "at the end, if a connection was made"),
    FIELD("sent", "number", "heartbeats"),
    FIELD("echoed", "number", "heartbeats that came back"),
    FIELD("lost", "number", "heartbeats that did not"),
    FIELD("rtt_ms", "object or null", "in milliseconds; null where nothing came back"),
    FIELD("rtt_ms.min", "number", "the shortest round trip"),
    FIELD("rtt_ms.avg", "number", "the mean"),
    FIELD("rtt_ms.max", "number", "the longest"),
    FIELD("rtt_ms.mdev", "number", "the standard deviation"),
    FIELD("rtt_ms.p50", "number", "the median"),
    FIELD("rtt_ms.p99", "number", "99 of 100 are no longer than this"),

    EVENT("try", "step", "a step was made"),
    FIELD("trial", "number", "from 1: an empty line begins the next"),
    FIELD("step", "text", "as in the text, with port numbers for letters"),
    FIELD("socket", "text", "the first NAME of the step"),
    FIELD("verb", "text", "bind, listen, connect, ..."),
    FIELD("result", "text", "ok, the name of an errno, or CALL:ERRNO"),
    FIELD("local", "text", "that socket's, after the step; absent where it has none"),
    FIELD("peer", "text", "likewise"),
    FIELD("call", "text", "the call that was refused; absent where none was"),
    FIELD("errno", "text", "its errno; likewise"),

    EVENT("rules", "cell", "one cell of a table"),
    FIELD("table", "text", "overlap, bind, then, ephemeral or beside"),
    FIELD("row", "text", "the row's name"),
    FIELD("column", "text", "the column's name"),
    FIELD("state", "text", "the holder's: open, LISTEN or TIME_WAIT; only in the table bind"),
    FIELD("rule", "text", "what the documented rule says"),
    FIELD("observed", "text", "what this kernel did"),
    FIELD("agrees", "true or false", "whether the two are the same"),
    FIELD("there", "text or null", "with --diff: what the file has"),
    FIELD("steps", "list", "what was done, as 'reuse try' takes it"),
    EVENT("rules", "trial", "with --fuzz: one random trial"),
    FIELD("seed", "number", "repeats the same trial"),
    FIELD("steps", "list", "with letters for ports"),
    FIELD("results", "list", "the kernel's answers; empty where the trial was skipped"),
    FIELD("forecast", "list", "what the rule says; null where chance decides"),
    EVENT("rules", "difference", "with --fuzz: the fewest steps that still differ"),
    FIELD("steps", "list", "with letters for ports"),
    FIELD("observed", "text or null", "the kernel's last answer"),
    FIELD("forecast", "text or null", "what was forecast"),
    FIELD("times", "number", "how many trials differed like this"),
    EVENT("rules", "summary",
	"at the end; with --fuzz differ and the last three fields, else the first five"),
    FIELD("cells", "number", "in all tables"),
    FIELD("differ", "number", "cells, or trials, that differ"),
    FIELD(
	"not_measured", "number", "cells that need a privilege or a feature that is missing here"),
    FIELD("system", "text or null", "its name"),
    FIELD("release", "text or null", "its version, as uname -r prints it"),
    FIELD("trials", "number", "of --fuzz"),
    FIELD("answers", "number", "compared in them"),
    FIELD("skipped", "number", "trials that could not be run here"),

    EVENT("experiment", "experiment", "an experiment begins"),
    FIELD("number", "number", "from 1"),
    FIELD("name", "text", "such as two-addresses"),
    FIELD("about", "text", "what it shows"),
    EVENT("experiment", "step", "one step of it"),
    FIELD("text", "text", "what was done"),
    FIELD("result", "text", "ok, the name of an errno, or what was counted"),
    EVENT("experiment", "outcome", "an experiment ends"),
    FIELD("number", "number", "from 1"),
    FIELD("name", "text", "its name"),
    FIELD("outcome", "text", "expected, differs or skipped"),
    FIELD("reason", "text or null", "why it was skipped, or what differs"),
    EVENT("experiment", "summary", "at the end"),
    FIELD("expected", "number", "experiments as expected"),
    FIELD("differs", "number", "experiments that were not"),
    FIELD("skipped", "number", "experiments that this system or user cannot run"),

    EVENT("why run", "answer", "one for each address that was asked for"),
    FIELD("protocol", "text", "tcp or udp"),
    FIELD("local", "text", "the address and port"),
    FIELD("free", "true or false", "whether the caller can bind it without options"),
    FIELD("refused", "text or null", "the errno of that bind; null where it is free"),
    FIELD("options", "list or null",
	"the fewest that let the caller bind; null where none do, or where it is not known"),
    FIELD("as", "text or null", "another user who could bind it"),
    FIELD("as_options", "list or null", "with these options"),
    FIELD("stop", "list", "all that must be stopped so that it is free, in this order"),
    FIELD("stop[].pid", "number or null", "the process"),
    FIELD("stop[].program", "text or null", "its name"),
    FIELD("stop[].unit", "text or null", "its systemd unit"),
    FIELD("stop[].container", "text or null", "its container's id"),
    FIELD("stop[].command", "text", "what to paste"),
    FIELD("wait_s", "number or null", "seconds until it is free, counted after stop"),
    EVENT("why run", "holder", "one for each socket on that port, those in the way first"),
    SOCKET,
    EVENT("why", "probe", "one for each set of options"),
    FIELD("local", "text", "the address and port"),
    FIELD("options", "list", "the set"),
    FIELD("result", "text or null", "ok or an errno; null where it is not known"),
    FIELD("basis", "text", "tried or derived"),
    EVENT("why run", "verdict", "each sentence of the answer and of what would help"),
    FIELD("text", "text", "the sentence"),
    FIELD("basis", "text", "observed or inferred"),
    EVENT("why run", "unseen", "what could not be seen, and what would show it"),
    FIELD("text", "text", "the sentence"),
    FIELD("basis", "text", "observed or inferred"),
    EVENT("why", "cause", "a possible cause of an errno"),
    FIELD("errno", "text", "its name"),
    FIELD("call", "text", "the call that returned it"),
    FIELD("text", "text", "the cause, and how to check"),
    FIELD("holds", "true, false or null", "whether it holds here and now; null: cannot be asked"),
    FIELD("cause", "text", "the cause alone"),
    FIELD("tell", "text", "how to check"),
    FIELD("tried", "text or null", "what was asked, and the answer"),
    EVENT("run", "cause", "a possible cause of a refused connect"),
    FIELD("errno", "text", "its name"),
    FIELD("call", "text", "connect"),
    FIELD("text", "text", "the cause, and what was found here"),
    FIELD("holds", "true, false or null", "whether it holds here and now; null: cannot be asked"),
    EVENT("why", "shared", "why without operands: an address and port that several sockets share"),
    FIELD("local", "text", "the address and port"),
    FIELD("holders", "list", "the sockets, each with the fields of holder"),

    EVENT("run", "call",
	"a bind, listen or connect of COMMAND; with -v socket, setsockopt, accept and close too"),
    FIELD("pid", "number", "the process"),
    FIELD("program", "text", "its name, as ps shows it"),
    FIELD("call", "text", "bind, listen, connect (also by a send with MSG_FASTOPEN), ..."),
    FIELD("fd", "number or null", "the descriptor"),
    FIELD("local", "text or null", "after the call; for a refused bind what was asked for"),
    FIELD("peer", "text or null", "null where there is none"),
    FIELD("options", "list", "the socket's options, including those that run has set"),
    FIELD("set", "list", "what run has set"),
    FIELD("result", "text", "ok or the name of an errno"),
    EVENT("run", "note", "a note, printed once per run"),
    FIELD("pid", "number or null", "the process it is about"),
    FIELD("text", "text", "the sentence"),

    EVENT("limits", "bound", "one limit"),
    FIELD("name", "text", "such as fs.nr_open"),
    FIELD("value", "number or null", "null where there is no limit"),
    FIELD("where", "text or null", "where it is set"),
    FIELD("client_one", "number or null", "connections it allows a client to one destination"),
    FIELD("client_many", "number or null", "a client to many destinations"),
    FIELD("server", "number or null", "a server"),
    FIELD("raise", "text or null", "the command that raises it"),
    EVENT("limits", "verdict", "the limit that is hit first"),
    FIELD("use", "text", "client_one, client_many or server"),
    FIELD("connections", "number or null", "how many it allows"),
    FIELD("bound", "text or null", "its name"),
    EVENT("limits", "progress", "with --prove, now and then"),
    FIELD("opened", "number", "connections so far"),
    FIELD("echoed", "number", "heartbeats so far"),
    EVENT("limits", "proof", "with --prove, at the end"),
    FIELD("asked", "number", "connections that were asked for"),
    FIELD("opened", "number", "connections that were opened"),
    FIELD("echoed", "number", "connections whose heartbeat came back"),
    FIELD("seconds", "number", "for all of it"),
    FIELD("source", "text", "the one address and port they come from"),
    FIELD("sources", "number or null", "distinct sources in the kernel's own table"),
    FIELD("own_bytes_each", "number or null", "the program's memory for a connection"),
    FIELD("kernel_bytes_each", "number or null", "the kernel's memory, for both ends"),
    EVENT("limits", "route", "with --to"),
    FIELD("source", "text", "the source address"),
    FIELD("destination", "text", "the destination's address and port"),
    FIELD("range", "text", "the ephemeral range: 32768-60999"),
    EVENT("limits", "taken", "with --to: ports of the range that connect cannot use"),
    FIELD("state", "text", "reserved, bound, connected, time-wait or time-wait-reusable"),
    FIELD("program", "text or null", "who has them"),
    FIELD("pid", "number or null", "the process"),
    FIELD("ports", "number", "how many"),
    FIELD("basis", "text", "observed or inferred"),
    EVENT("limits", "left", "with --to: ports that are left"),
    FIELD("way", "text", "connect, no-port or bind"),
    FIELD("ports", "number or null", "how many; null where that way cannot be used"),
    FIELD("basis", "text or null", "observed or inferred; null where that way cannot be used"),
    EVENT("limits", "advice", "with --to: what would give more, most ports first"),
    FIELD("text", "text", "the sentence"),

    EVENT("", "help", "from help and --help: a command, a topic, or one row of a topic"),
    FIELD("command", "text", "its name; absent for a topic"),
    FIELD("operands", "text", "as in its usage"),
    FIELD("options", "list", "its own and the common ones"),
    FIELD("options[].letter", "text or null", "such as q"),
    FIELD("options[].name", "text", "such as quiet"),
    FIELD("options[].value", "text or null", "the name of its value, such as N"),
    FIELD("options[].help", "text", "what it does"),
    FIELD("topic", "text", "the topic's name"),
    FIELD("summary", "text", "one line"),
    FIELD("about", "text or list", "paragraphs"),
    FIELD("example", "text", "lines to paste"),
    FIELD("system", "text", "in the topic systems: the system"),
    FIELD("since", "text or null", "the first version it holds for"),
    FIELD("before", "text or null", "the first version it no longer holds for"),
    FIELD("source", "text", "how it is known"),
    FIELD("text", "text", "what the row says"),
    FIELD("errno", "text", "in the topic errors: the name"),
    FIELD("calls", "list", "the calls that return it"),
    FIELD("check", "text", "how to check for this cause"),
    FIELD("commands", "list", "in the topic json: the commands that write an event; empty: all"),
    FIELD("name", "text", "the event"),
    FIELD("fields", "list", "its fields, in order"),
    FIELD("fields[].name", "text", "as here"),
    FIELD("fields[].type", "text", "as here"),
    FIELD("fields[].text", "text", "as here"),
    {0},
};

bool event_is_of(const struct event_row *row, const char *command)
{
	const size_t len = strlen(command);

	for (const char *at = row->commands; at && (at = strstr(at, command)) != NULL; at += len)
		if ((at == row->commands || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

bool event_any_of(const char *command)
{
	for (const struct event_row *row = event_rows; row->name; row++)
		if (event_is_of(row, command))
			return true;
	return false;
}
