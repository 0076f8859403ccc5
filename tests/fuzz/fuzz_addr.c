/* tcp/addr: what can be read is written so that it reads the same again. */
#include <string.h>

#include "tcp/addr.h"
#include "tests/fuzz/fuzz.h"

static void same_again(const union addr *addr)
{
	char text[ADDR_TEXT], why[ADDR_WHY];
	union addr again = {0};
	unsigned number = 0;
	const char *port;

	memset(text, 'x', sizeof text);
	addr_print(addr, text);
	HOLD(memchr(text, 0, sizeof text), "text without an end");
	const size_t host = addr_split(text, &port);
	HOLD(port, "%s has no port", text);
	HOLD(addr_read(text, host, &again, why) == ADDR_NUMERIC, "%s: %s", text, why);
	HOLD(addr_read_port(port, false, &number, why) == 0, "%s: %s", text, why);
	addr_set_port(&again, number);
	HOLD(addr_same(addr, &again), "%s reads differently", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char why[ADDR_WHY];
	const char *port;
	unsigned number = 77;
	union addr addr = {0};

	/* Without a NUL behind it: addr_read takes a length. */
	if (addr_read((const char *)bytes, len, &addr, why) == ADDR_NUMERIC)
		same_again(&addr);

	char *word = malloc(len + 1);
	HOLD(word, "no memory");
	memcpy(word, bytes, len);
	word[len] = 0;
	const size_t host = addr_split(word, &port);
	HOLD(host <= strlen(word), "host of %zu", host);
	HOLD(!port || port == word + host + 1, "port at %td", port - word);
	const bool has_port = port && addr_read_port(port, false, &number, why) == 0;
	HOLD(has_port ? number <= 65535 : number == 77, "port %u", number);
	addr = addr_any(AF_INET, 0);
	if (addr_read(word, host, &addr, why) == ADDR_NUMERIC) {
		addr_set_port(&addr, has_port ? number : 0);
		const union addr plain = addr_unmap(&addr);
		same_again(&addr);
		same_again(&plain);
	}
	free(word);
	return 0;
}
