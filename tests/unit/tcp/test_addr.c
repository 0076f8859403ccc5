/* ctest: core */
/* tcp/addr: text to address and back. */
#include <stdlib.h>

#include "tests/lib/edge.h"
#include "tcp/addr.h"
#include "tests/lib/test.h"

static enum addr_kind read_word(const char *word, union addr *addr)
{
	char why[ADDR_WHY];
	const size_t len = strlen(word);

	*addr = (union addr){0};
	return addr_read(edge_copy(word, len), len, addr, why);
}

static void numbers_are_addresses_and_print_back(void)
{
	static const char *const rows[][2] = {
	    {"127.0.0.1", "127.0.0.1"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"::1", "::1"},
	    {"[::1]", "::1"},
	    {"::", "::"},
	    {"::ffff:127.0.0.1", "::ffff:127.0.0.1"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
	    {"fe80::1%lo", "fe80::1%lo"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		union addr addr;
		char text[ADDR_TEXT];
		const enum addr_kind kind = read_word(rows[i][0], &addr);
		CHECK(kind == ADDR_NUMERIC, "%s: %d", rows[i][0], (int)kind);
		CHECK_TEXT(addr_print_host(&addr, text), rows[i][1]);
	}
}

static void what_looks_like_a_number_is_never_a_name(void)
{
	static const char *const rows[] = {"127.1", "1.2.3", "0x7f.1", "0x7f000001", "2130706433",
	    "256.1.1.1", "1.2.3.4.5", "1.2.3.", "1..2.3", "01.2.3.4", "1.2.3.0x4", "1.2.3.4 ",
	    "host.1", "0x", "", " ", "a b", "-a", "a..b", ".a", "::g", "1::2::3", "[::1", "::1]",
	    "[]", "a_\xff", "fe80::1%", "fe80::1%nosuchif0", "127.0.0.1%lo", "::1%4294967296"};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		union addr addr;
		const enum addr_kind kind = read_word(rows[i], &addr);
		CHECK(kind == ADDR_MALFORMED, "'%s': %d", rows[i], (int)kind);
	}
}

static void names_are_left_to_be_looked_up(void)
{
	static const char *const rows[] = {
	    "localhost", "a", "3com.example", "x-1.example.", "_sip.example", "1and1", "0x7g"};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		union addr addr;
		const enum addr_kind kind = read_word(rows[i], &addr);
		CHECK(kind == ADDR_NAMED, "'%s': %d", rows[i], (int)kind);
	}
}

static void a_word_too_long_is_malformed(void)
{
	enum { LONG = 100000 };
	char *word = malloc(LONG), why[ADDR_WHY];
	union addr addr = {0};

	if (!word)
		exit(99);
	memset(word, 'a', LONG);
	const enum addr_kind kind = addr_read(word, LONG, &addr, why);
	CHECK(kind == ADDR_MALFORMED, "%d", (int)kind);
	free(word);
}

static void ports_are_decimal_up_to_65535(void)
{
	static const struct {
		const char *word;
		int want; /* -1: malformed */
	} rows[] = {{"0", 0}, {"3000", 3000}, {"65535", 65535}, {"65536", -1}, {"-1", -1}, {"", -1},
	    {"3000x", -1}, {"x", -1}, {" 1", -1}, {"1 ", -1}, {"+1", -1}, {"0x10", -1}, {"1e3", -1},
	    {"99999999999999999999", -1}, {"no-such-service", -1}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[ADDR_WHY];
		unsigned port = 7;
		const int result = addr_read_port(
		    edge_copy(rows[i].word, strlen(rows[i].word) + 1), true, &port, why);
		const int got = result < 0 ? -1 : (int)port;
		CHECK(
		    got == rows[i].want, "'%s': got %d, want %d", rows[i].word, got, rows[i].want);
		CHECK(result == 0 || port == 7, "'%s': the port was changed to %u", rows[i].word,
		    port);
	}
}

static void the_port_stands_behind_the_right_colon(void)
{
	static const struct {
		const char *word;
		size_t len;
		const char *port;
	} rows[] = {{"127.0.0.1:3000", 9, "3000"}, {":3000", 0, "3000"}, {"[::1]:3000", 5, "3000"},
	    {"host:http", 4, "http"}, {"::1", 3, NULL}, {"[::1]", 5, NULL}, {"3000", 4, NULL},
	    {"", 0, NULL}, {":", 0, ""}, {"[::1:80", 7, NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *port = "?";
		const size_t len = addr_split(rows[i].word, &port);
		CHECK(len == rows[i].len, "'%s': %zu", rows[i].word, len);
		CHECK((port == NULL) == (rows[i].port == NULL), "'%s': %s", rows[i].word,
		    port ? port : "no port");
		if (port && rows[i].port)
			CHECK_TEXT(port, rows[i].port);
	}
}

static void text_has_brackets_for_ipv6_only(void)
{
	char text[ADDR_TEXT];
	union addr addr = addr_any(AF_INET6, 3000);

	CHECK_TEXT(addr_print(&addr, text), "[::]:3000");
	addr = addr_any(AF_INET, 65535);
	CHECK_TEXT(addr_print(&addr, text), "0.0.0.0:65535");
	CHECK(addr_is_any(&addr), "%s", text);
	CHECK(addr_port(&addr) == 65535, "%u", addr_port(&addr));
}

static void same_means_address_port_and_scope(void)
{
	union addr a = addr_any(AF_INET6, 1), b = a, c = addr_any(AF_INET, 1);

	CHECK(addr_same(&a, &b), "equal ones");
	b.v6.sin6_scope_id = 2;
	CHECK(!addr_same(&a, &b), "another scope");
	b = a;
	addr_set_port(&b, 2);
	CHECK(!addr_same(&a, &b), "another port");
	CHECK(!addr_same(&a, &c), "another family");
}

static void every_two_addresses_have_an_order(void)
{
	union addr addrs[8] = {{{0}}, addr_any(AF_INET, 1), addr_any(AF_INET, 1),
	    addr_any(AF_INET, 256), addr_any(AF_INET6, 1), addr_any(AF_INET6, 1),
	    addr_any(AF_INET6, 1), addr_any(AF_INET6, 256)};
	enum { COUNT = sizeof addrs / sizeof *addrs };

	addrs[2].v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addrs[5].v6.sin6_scope_id = 1;
	addrs[6].v6.sin6_addr = in6addr_loopback;
	for (int i = 0; i < COUNT; i++)
		for (int j = 0; j < COUNT; j++) {
			const int order = addr_order(&addrs[i], &addrs[j]);
			CHECK((order > 0) - (order < 0) == (i > j) - (i < j), "%d and %d: %d", i, j,
			    order);
		}
}

static void bounds_of_letters_digits_and_lengths_belong_to_them(void)
{
	char label[300];
	union addr addr;

	CHECK(read_word("azAZ09", &addr) == ADDR_NAMED, "azAZ09");
	CHECK(read_word("9.9.9.9", &addr) == ADDR_NUMERIC, "9.9.9.9");
	CHECK(read_word("a.", &addr) == ADDR_NAMED, "a.");
	CHECK(read_word("0X7F", &addr) == ADDR_MALFORMED, "0X7F");
	CHECK(read_word("1x2", &addr) == ADDR_NAMED, "1x2");
	memset(label, 'a', sizeof label);
	label[63] = 0;
	CHECK(read_word(label, &addr) == ADDR_NAMED, "a label of 63 letters");
	label[63] = 'a';
	label[64] = 0;
	CHECK(read_word(label, &addr) == ADDR_MALFORMED, "a label of 64 letters");
	for (size_t i = 0; i < sizeof label; i++)
		label[i] = i % 50 == 49 ? '.' : 'a';
	label[ADDR_NAME - 1] = 0; /* the longest */
	CHECK(read_word(label, &addr) == ADDR_NAMED, "a name of %d characters", ADDR_NAME - 1);
	label[ADDR_NAME - 1] = 'a';
	label[ADDR_NAME] = 0;
	CHECK(read_word(label, &addr) == ADDR_MALFORMED, "a name of %d characters", ADDR_NAME);
}

static void a_complaint_names_what_is_wrong(void)
{
	static const char *const rows[][2] = {{"", "empty"}, {"::g", "not an IPv6 address"},
	    {"127.0.0.1:80", "expected an address without a port"},
	    {"[::1]:80", "expected an address without a port"},
	    {"localhost:http", "expected an address without a port"},
	    {":80", "expected an address without a port"}, {"[::1", "not an IPv6 address"},
	    {"::1]", "not an IPv6 address"}, {"fe80::1%nosuchif0", "no such interface after the %"},
	    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222", "not an IPv6 address"}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[ADDR_WHY] = "";
		union addr addr = {0};
		CHECK(addr_read(rows[i][0], strlen(rows[i][0]), &addr, why) == ADDR_MALFORMED,
		    "'%s'", rows[i][0]);
		CHECK(strstr(why, rows[i][1]), "'%s': %s", rows[i][0], why);
	}
}

static void a_scope_is_an_interface_or_its_number(void)
{
	static const struct {
		const char *word, *text; /* NULL: malformed */
	} rows[] = {{"fe80::1%999999999", "fe80::1%999999999"}, {"fe80::1%1000000000", NULL},
	    {"fe80::1%0", NULL}, {"fe80::1%7x", NULL}, {"fe80::1%-7", NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[ADDR_TEXT];
		union addr addr;
		const enum addr_kind kind = read_word(rows[i].word, &addr);
		CHECK((kind == ADDR_NUMERIC) == (rows[i].text != NULL), "'%s': %d", rows[i].word,
		    (int)kind);
		if (kind == ADDR_NUMERIC && rows[i].text)
			CHECK_TEXT(addr_print_host(&addr, text), rows[i].text);
	}
}

static void each_address_is_of_its_kind(void)
{
	static const struct {
		const char *word;
		bool any, loopback;
		const char *unmapped;
	} rows[] = {
	    {"0.0.0.0", true, false, "0.0.0.0:80"},
	    {"127.0.0.1", false, true, "127.0.0.1:80"},
	    {"127.255.255.255", false, true, "127.255.255.255:80"},
	    {"126.255.255.255", false, false, "126.255.255.255:80"},
	    {"128.0.0.1", false, false, "128.0.0.1:80"},
	    {"::", true, false, "[::]:80"},
	    {"::1", false, true, "[::1]:80"},
	    {"::2", false, false, "[::2]:80"},
	    {"::ffff:127.0.0.9", false, true, "127.0.0.9:80"},
	    {"::ffff:10.1.2.3", false, false, "10.1.2.3:80"},
	    {"::ffff:0.0.0.0", false, false, "0.0.0.0:80"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[ADDR_TEXT];
		union addr addr;
		read_word(rows[i].word, &addr);
		addr_set_port(&addr, 80);
		const union addr plain = addr_unmap(&addr);
		CHECK(addr_is_any(&addr) == rows[i].any, "%s: any", rows[i].word);
		CHECK(addr_is_loopback(&addr) == rows[i].loopback, "%s: loopback", rows[i].word);
		CHECK_TEXT(addr_print(&plain, text), rows[i].unmapped);
		CHECK(addr_port(&addr) == 80, "%s: %u", rows[i].word, addr_port(&addr));
		if (plain.any.sa_family == AF_INET) {
			const union addr mapped = addr_map(&plain), again = addr_unmap(&mapped);
			CHECK(mapped.any.sa_family == AF_INET6, "%s: %d", rows[i].word,
			    mapped.any.sa_family);
			CHECK_TEXT(addr_print(&again, text), rows[i].unmapped);
		}
	}
}

static void an_address_that_is_made_has_family_host_and_port(void)
{
	const union addr none = {0};
	char text[ADDR_TEXT];
	const union addr made[] = {addr_any(AF_INET, 1), addr_any(AF_INET6, 2),
	    addr_loopback(AF_INET, 3), addr_loopback(AF_INET6, 65535)};
	static const char *const texts[] = {"0.0.0.0:1", "[::]:2", "127.0.0.1:3", "[::1]:65535"};

	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		CHECK_TEXT(addr_print(&made[i], text), texts[i]);
		CHECK(addr_len(&made[i]) ==
			  (i % 2 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)),
		    "%s: %u", texts[i], (unsigned)addr_len(&made[i]));
	}
	CHECK_TEXT(addr_print(&none, text), "-");
	CHECK_TEXT(addr_print_host(&none, text), "-");
	CHECK(addr_port(&none) == 0 && !addr_is_any(&none), "AF_UNSPEC");
}

int main(void)
{
	TEST(numbers_are_addresses_and_print_back);
	TEST(what_looks_like_a_number_is_never_a_name);
	TEST(names_are_left_to_be_looked_up);
	TEST(a_word_too_long_is_malformed);
	TEST(ports_are_decimal_up_to_65535);
	TEST(the_port_stands_behind_the_right_colon);
	TEST(text_has_brackets_for_ipv6_only);
	TEST(same_means_address_port_and_scope);
	TEST(every_two_addresses_have_an_order);
	TEST(bounds_of_letters_digits_and_lengths_belong_to_them);
	TEST(a_complaint_names_what_is_wrong);
	TEST(a_scope_is_an_interface_or_its_number);
	TEST(each_address_is_of_its_kind);
	TEST(an_address_that_is_made_has_family_host_and_port);
	return test_failures != 0;
}
