/* ctest: wrap=out_width */
/* cmd/limits: all that the view of the ports shows, word for word. */
#include "cmd/limits/ports_view.h"
#include "tests/lib/shown.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): ld gives the names */
int __wrap_out_width(void);

int __wrap_out_width(void)
{
	return OUT_UNBOUNDED;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static struct ports ports;
static struct route route;

static void show_ports(void)
{
	if (out_json())
		ports_json(&ports, &route);
	else
		ports_view(&ports, &route);
}

static void the_ports_that_are_taken_add_up_in_their_order(void)
{
	static struct process process = {.pid = 12, .program = "curl"};
	static struct ports_taken taken[] = {{PORTS_RESERVED, NULL, 3},
	    {PORTS_BOUND, &process, 2000}, {PORTS_BOUND, NULL, 1}, {PORTS_CONNECTED, &process, 5},
	    {PORTS_TIME_WAIT, NULL, 6}, {PORTS_REUSABLE, NULL, 7}};

	route = (struct route){.source = addr_loopback(AF_INET, 0),
	    .destination = addr_loopback(AF_INET, 80),
	    .by_itself = true};
	ports = (struct ports){.low = 32768,
	    .high = 60999,
	    .widest = 1024,
	    .left = 26217,
	    .left_to_bind = 26218,
	    .taken = taken,
	    .taken_count = sizeof taken / sizeof *taken,
	    .gains = {[PORTS_BY_NO_PORT] = 5,
		[PORTS_BY_SOURCE] = 7,
		[PORTS_BY_RANGE] = 30000,
		[PORTS_BY_UNRESERVED] = 5,
		[PORTS_BY_BIND] = 1},
	    .waits = 13,
	    .first_ms = 1600,
	    .last_ms = 59400};
	CHECK_LINES(shown_as((struct common){0}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "how many more connections can be made now\n"
	    "  connect without bind                        26,217\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217\n"
	    "  bind to port 0, connect                     26,218\n"
	    "\n"
	    "ports 32768 to 60999, 28,232: of these are taken\n"
	    "  reserved                                         3\n"
	    "  bound by curl[12]                            2,000\n"
	    "  bound by no process seen                         1\n"
	    "  connected to it by curl[12]                      5\n"
	    "  in TIME_WAIT                                     6\n"
	    "  in TIME_WAIT, which connect takes over           7\n"
	    "of 13 TIME_WAITs the first ends in 2 s, the last in 59 s\n"
	    "\n"
	    "what would give connect more\n"
	    "  +30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535'\n"
	    "  +7: another source address, bound with IP_BIND_ADDRESS_NO_PORT\n"
	    "  +5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect\n"
	    "  +5: sysctl -w net.ipv4.ip_local_reserved_ports=''\n"
	    "  +1: bind to the source and port 0 before connect (ports bound elsewhere)\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-60999\"}\n"
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":26217,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"observed\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"observed\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535'\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+7: another source address, bound with IP_BIND_ADDRESS_NO_PORT\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: sysctl -w net.ipv4.ip_local_reserved_ports=''\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+1: bind to the source and port 0 before connect (ports bound elsewhere)\"}\n");
	ports.not_asked = 2;
	ports.left_inferred = ports.bind_inferred = ports.end_left = ports.not_searched = true;
	ports.stamps_inferred = true;
	CHECK_LINES(shown_as((struct common){.color = COMMON_COLOR_ALWAYS}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "\033[1mhow many more connections can be made now\033[0m\n"
	    "  connect without bind                        26,217  (inferred)\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217  (inferred)\n"
	    "  bind to port 0, connect                     26,218  (inferred)\n"
	    "with an odd number of ports the kernel may miss the first or the last (inferred)\n"
	    "\n"
	    "\033[1mports 32768 to 60999, 28,232: of these are taken\033[0m\n"
	    "  reserved                                         3\n"
	    "  bound by curl[12]                            2,000\n"
	    "  bound by no process found in time                1\n"
	    "  connected to it by curl[12]                      5\n"
	    "  in TIME_WAIT                                     6\n"
	    "  in TIME_WAIT, which connect takes over           7\n"
	    "whether they were bound is inferred for 2\n"
	    "whether those TIME_WAITs can be taken over depends on timestamps (inferred)\n"
	    "of 13 TIME_WAITs the first ends in 2 s, the last in 59 s\n"
	    "\n"
	    "\033[1mwhat would give connect more\033[0m\n"
	    "  +30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535' (inferred)\n"
	    "  +7: another source address, bound with IP_BIND_ADDRESS_NO_PORT (inferred)\n"
	    "  +5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect (inferred)\n"
	    "  +5: sysctl -w net.ipv4.ip_local_reserved_ports='' (inferred)\n"
	    "  +1: bind to the source and port 0 before connect (ports bound elsewhere) (inferred)\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-60999\"}\n"
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+30,000: sysctl -w net.ipv4.ip_local_port_range='1024 65535' (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+7: another source address, bound with IP_BIND_ADDRESS_NO_PORT (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: IP_BIND_ADDRESS_NO_PORT in the programs that bind before they connect (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+5: sysctl -w net.ipv4.ip_local_reserved_ports='' (inferred)\"}\n"
	    "{\"event\":\"advice\",\"text\":\"+1: bind to the source and port 0 before connect (ports bound elsewhere) (inferred)\"}\n");
	route.by_itself = false;
	ports.taken_count = 0;
	ports.high = ports.low;
	ports.waits = 1;
	memset(ports.gains, 0, sizeof ports.gains);
	CHECK_LINES(shown_as((struct common){0}, show_ports),
	    "from 127.0.0.1 to 127.0.0.1:80\n"
	    "how many more connections can be made now\n"
	    "  connect without bind                             -\n"
	    "  bind with IP_BIND_ADDRESS_NO_PORT, connect  26,217  (inferred)\n"
	    "  bind to port 0, connect                     26,218  (inferred)\n"
	    "without bind the kernel chooses another source\n"
	    "with an odd number of ports the kernel may miss the first or the last (inferred)\n"
	    "\n"
	    "ports 32768 to 32768, 1: none is taken\n"
	    "whether they were bound is inferred for 2\n"
	    "whether those TIME_WAITs can be taken over depends on timestamps (inferred)\n"
	    "the TIME_WAIT ends in 2 s\n");
	CHECK_LINES(shown_as((struct common){.json = 1}, show_ports),
	    "{\"event\":\"route\",\"source\":\"127.0.0.1\",\"destination\":\"127.0.0.1:80\",\"range\":\"32768-32768\"}\n"
	    "{\"event\":\"left\",\"way\":\"connect\",\"ports\":null,\"basis\":null}\n"
	    "{\"event\":\"left\",\"way\":\"no-port\",\"ports\":26217,\"basis\":\"inferred\"}\n"
	    "{\"event\":\"left\",\"way\":\"bind\",\"ports\":26218,\"basis\":\"inferred\"}\n");
	ports.not_asked = 0;
	ports.taken_count = 6;
	CHECK_LINES(shown_events("taken", show_ports),
	    "{\"event\":\"taken\",\"state\":\"reserved\",\"program\":null,\"pid\":null,\"ports\":3,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":\"curl\",\"pid\":12,\"ports\":2000,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"bound\",\"program\":null,\"pid\":null,\"ports\":1,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"connected\",\"program\":\"curl\",\"pid\":12,\"ports\":5,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait\",\"program\":null,\"pid\":null,\"ports\":6,\"basis\":\"observed\"}\n"
	    "{\"event\":\"taken\",\"state\":\"time-wait-reusable\",\"program\":null,\"pid\":null,\"ports\":7,\"basis\":\"inferred\"}\n");
}

int main(void)
{
	TEST(the_ports_that_are_taken_add_up_in_their_order);
	return test_failures != 0;
}
