/* ctest: core */
/* os/parse/diag: what the kernel answers about sockets, and what it never should. */
#include <errno.h>
#include <stdint.h>

#include "tests/lib/edge.h"
#include "tests/lib/hex.h"
#include "os/parse/diag.h"
#include "tests/lib/test.h"

/* Answers of Linux 6.18 on a little-endian machine, one message each. */
static const char listener[] =
    "7c0000001400020001000000874a0000020a0000aee100007f0000010000000000000000000000000000000000000000"
    "00000000000000000000000002000000000000000000000001000000800000000000000081953e0005000800000000"
    "0008000f00000000000c00150001000000000000000600160052000000";
static const char waiting[] = /* ESTABLISHED, not accepted */
    "7c0000001400020001000000874a000002010000aee1c9fa7f0000010000000000000000000000007f00000100000000"
    "000000000000000000000000030000000000000000000000000000000000000000000000000000000500080000000000"
    "08000f00000000000c00150001000000000000000600160052000000";
static const char fin_wait2[] =
    "600000001400020001000000874a000002050300aee1c9fa7f0000010000000000000000000000007f00000100000000"
    "000000000000000000000000030000000000000040ea00000000000000000000000000000000000008000f0000000000";
static const char time_wait[] =
    "600000001400020001000000874a000002060300aee1c9f27f0000010000000000000000000000007f00000100000000"
    "000000000000000000000000040000000000000034ea00000000000000000000000000000000000008000f0000000000";
static const char bound_v6only_on_lo[] = /* state 7: bound, nothing more */
    "840000001400020001000000874a00000a070000b63b0000000000000000000000000000000000000000000000000000"
    "0000000000000000010000000700000000000000000000000000000000000000000000008b953e000500080000000000"
    "05000b000100000008000f00000000000c00150001000000000000000600160012000000";
static const char mapped[] = /* an IPv4 connection of an IPv6 listener */
    "7c0000001400020001000000874a00000a010000cb75924e00000000000000000000ffff7f0000010000000000000000"
    "0000ffff7f00000100000000060000000000000000000000000000000000000000000000000000000500080000000000"
    "08000f00000000000c00150001000000000000000600160012000000";
static const char done[] = "140000000300020001000000874a000000000000";
static const char refused[] = /* NLMSG_ERROR -ENOENT, as without inet_diag */
    "240000000200000001000000874a0000feffffff4c0000001400010301000000874a0000";

/* What diag_each heard. */
struct heard {
	struct holder holders[16];
	size_t count, most;
};

static bool hear(void *who, const struct holder *holder)
{
	struct heard *heard = who;

	if (heard->count < 16)
		heard->holders[heard->count] = *holder;
	heard->count++;
	return heard->count != heard->most;
}

static unsigned char bytes[4096];

/* The recorded messages one after the other, as one datagram; NULL ends them. */
static size_t datagram(const char *const messages[])
{
	size_t n = 0;

	for (; *messages; messages++)
		n += hex_read(*messages, bytes + n, sizeof bytes - n);
	return n;
}

static enum diag_end parse(size_t len, struct heard *heard)
{
	*heard = (struct heard){0};
	return diag_parse(edge_copy(bytes, len), len, DIAG_TCP, hear, heard);
}

/* The recordings are of a little-endian machine. */
static bool same_order(void)
{
	const uint16_t one = 1;
	return *(const unsigned char *)&one == 1;
}

static void recorded_sockets_are_read(void)
{
	static const struct {
		const char *message;
		enum holder_state state;
		const char *local, *peer;
		bool inode, remnant;
		int64_t left_ms;
		unsigned device, queued;
		int v6only;
	} rows[] = {
	    {listener, HOLDER_LISTEN, "127.0.0.1:44769", "-", true, false, -1, 0, 1, 0},
	    {waiting, HOLDER_ESTABLISHED, "127.0.0.1:44769", "127.0.0.1:51706", false, false, -1, 0,
		0, 0},
	    {fin_wait2, HOLDER_FIN_WAIT2, "127.0.0.1:44769", "127.0.0.1:51706", false, true, 59968,
		0, 0, 0},
	    {time_wait, HOLDER_TIME_WAIT, "127.0.0.1:44769", "127.0.0.1:51698", false, true, 59956,
		0, 0, 0},
	    {bound_v6only_on_lo, HOLDER_BOUND, "[::]:46651", "-", true, false, -1, 1, 0, 1},
	    {mapped, HOLDER_ESTABLISHED, "[::ffff:127.0.0.1]:52085", "[::ffff:127.0.0.1]:37454",
		false, false, -1, 0, 0, -1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const messages[] = {rows[i].message, done, NULL};
		struct heard heard;
		char text[ADDR_TEXT];
		const enum diag_end end = parse(datagram(messages), &heard);
		const struct holder *h = &heard.holders[0];

		CHECK(end == DIAG_DONE && heard.count == 1, "row %zu: end %d, %zu sockets", i,
		    (int)end, heard.count);
		CHECK(h->state == rows[i].state, "row %zu: state %d", i, (int)h->state);
		CHECK_TEXT(addr_print(&h->local, text), rows[i].local);
		CHECK_TEXT(addr_print(&h->peer, text), rows[i].peer);
		CHECK((h->inode != 0) == rows[i].inode, "row %zu: inode %llu", i,
		    (unsigned long long)h->inode);
		CHECK(h->uid == (rows[i].inode ? 0 : -1), "row %zu: uid %ld", i, h->uid);
		CHECK(h->remnant == rows[i].remnant && h->left_ms == rows[i].left_ms,
		    "row %zu: remnant %d, %lld ms", i, h->remnant, (long long)h->left_ms);
		CHECK(h->device == rows[i].device && h->queued == rows[i].queued,
		    "row %zu: device %u, queued %u", i, h->device, h->queued);
		CHECK(h->v6only == rows[i].v6only, "row %zu: v6only %d", i, h->v6only);
		CHECK(
		    h->reuseaddr == -1 && h->reuseport == -1, "row %zu: options out of nothing", i);
	}
}

static void a_datagram_holds_many_and_its_end_is_told(void)
{
	const char *const many[] = {listener, waiting, time_wait, NULL};
	const char *const last[] = {done, NULL};
	const char *const error[] = {listener, refused, NULL};
	struct heard heard;

	CHECK(parse(datagram(many), &heard) == DIAG_MORE && heard.count == 3, "%zu", heard.count);
	CHECK(parse(datagram(last), &heard) == DIAG_DONE && heard.count == 0, "%zu", heard.count);
	errno = 0;
	CHECK(parse(datagram(error), &heard) == DIAG_ERROR && errno == ENOENT, "errno %d", errno);
}

static void who_has_heard_enough_is_told_no_more(void)
{
	const char *const many[] = {listener, waiting, time_wait, NULL};
	struct heard heard = {.most = 2};
	const size_t len = datagram(many);

	CHECK(diag_parse(edge_copy(bytes, len), len, DIAG_TCP, hear, &heard) == DIAG_DONE,
	    "not done");
	CHECK(heard.count == 2, "heard %zu", heard.count);
}

/* Cut anywhere, no byte behind the end is read: edge_copy would end the test. */
static void a_cut_datagram_is_no_trap(void)
{
	const char *const many[] = {listener, bound_v6only_on_lo, mapped, done, NULL};
	const size_t whole = datagram(many);

	for (size_t len = 0; len < whole; len++) {
		struct heard heard;
		const enum diag_end end = parse(len, &heard);
		CHECK(end != DIAG_DONE, "%zu bytes of %zu are all", len, whole);
		CHECK(heard.count <= 3, "%zu sockets", heard.count);
	}
}

/* Every byte of the lengths takes every value; then all bytes take random ones. */
static void hostile_lengths_are_no_trap(void)
{
	const char *const many[] = {listener, bound_v6only_on_lo, done, NULL};
	const size_t whole = datagram(many);
	static const size_t at[] = {0, 1, 2, 3, 88, 89, 124, 125, 126, 212, 213, 220, 221};
	struct heard heard;
	unsigned random = 1;

	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		for (unsigned value = 0; value < 256; value++) {
			datagram(many);
			bytes[at[i]] = (unsigned char)value;
			parse(whole, &heard);
			CHECK(heard.count <= 16, "%zu sockets", heard.count);
		}
	for (unsigned round = 0; round < 20000; round++) {
		datagram(many);
		for (int change = 0; change < 4; change++) {
			random = random * 1103515245U + 12345U;
			bytes[(random >> 8) % whole] = (unsigned char)(random >> 20);
		}
		parse(whole - round % 9, &heard);
		CHECK(heard.count <= 16, "%zu sockets", heard.count);
	}
}

/* Adds an attribute of the first `len` bytes of `body` to the message of `n` bytes in bytes[]. */
static size_t add_attribute(size_t n, uint16_t type, const void *body, uint16_t len)
{
	const uint16_t head[] = {(uint16_t)(len + 4), type};
	const uint32_t whole = (uint32_t)(n + 4 + (len + (size_t)3) / 4 * 4);

	memset(bytes + n, 0, whole - n);
	memcpy(bytes + n, head, sizeof head);
	memcpy(bytes + n + 4, body, len);
	memcpy(bytes, &whole, sizeof whole);
	return whole;
}

static void attributes_of_a_socket_are_read(void)
{
	static const char mptcp[] = "\x0a\0\1\0mptcp\0\0"; /* INET_ULP_INFO_NAME */
	const char *const one[] = {listener, NULL};
	const uint32_t memory[9] = {[8] = 17};
	struct heard heard;
	size_t n = add_attribute(datagram(one), 7, memory, sizeof memory);

	n = add_attribute(n, 19, mptcp, sizeof mptcp - 1);
	parse(n, &heard);
	const struct holder *h = &heard.holders[0];
	CHECK(heard.count == 1 && h->drops == 17 && h->mptcp, "drops %lld, mptcp %d",
	    (long long)h->drops, h->mptcp);
	CHECK(h->queued == 1 && h->queue_limit == 128, "%u of %u", h->queued, h->queue_limit);
	CHECK(h->group == 1, "group %llu", (unsigned long long)h->group);
}

/* tcp_probe_timer: with 200 ms to begin with the waits are 0.2, 0.4, ... 102.4 s and, at most, 120 s. */
static void an_orphan_with_a_shut_window_has_a_last_moment(void)
{
	static const struct {
		unsigned char backoff;
		uint32_t expires_ms;
		int64_t most_ms;
	} rows[] = {
	    {0, 200,
		200 + 400 + 800 + 1600 + 3200 + 6400 + 12800 + 25600 + 51200 + 102400 + 120000},
	    {8, 51200, 51200 + 102400 + 120000},
	    {9, 1000, 1000 + 120000},
	    {10, 5000, 5000},
	    {255, 7, 7},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const one[] = {waiting, NULL};
		const uint32_t rto_us = 200000;
		unsigned char info[104] = {[4] = rows[i].backoff};
		struct heard heard;
		size_t n = datagram(one);
		memcpy(info + 8, &rto_us, sizeof rto_us);
		bytes[16 + 2] = 4; /* idiag_timer */
		memcpy(bytes + 16 + 52, &rows[i].expires_ms, sizeof rows[i].expires_ms);
		n = add_attribute(n, 2, info, sizeof info);
		parse(n, &heard);
		CHECK(heard.holders[0].trying && heard.holders[0].most_ms == rows[i].most_ms,
		    "row %zu: %lld", i, (long long)heard.holders[0].most_ms);
	}
}

/* tcp_write_timeout: the first resend 102.2 s or more after the first of all is not sent any more. */
static void an_orphan_whose_peer_does_not_answer_has_a_last_moment(void)
{
	static const struct {
		unsigned char backoff;
		uint32_t rto_ms, expires_ms;
		int64_t most_ms;
	} rows[] = {
	    {0, 204, 100, 100 + 511 * 204},
	    {1, 408, 300, 300 + (510 - 2) * 204},
	    {8, 256 * 204, 7, 7},
	    {0, 60000, 60000, 60000 + 60000 + 120000},
	    {255, 200, 7, -1},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const one[] = {waiting, NULL};
		const uint32_t rto_us = rows[i].rto_ms * 1000;
		unsigned char info[104] = {[4] = rows[i].backoff};
		struct heard heard;
		size_t n = datagram(one);
		memcpy(info + 8, &rto_us, sizeof rto_us);
		bytes[16 + 2] = 1; /* idiag_timer */
		memcpy(bytes + 16 + 52, &rows[i].expires_ms, sizeof rows[i].expires_ms);
		n = add_attribute(n, 2, info, sizeof info);
		parse(n, &heard);
		CHECK(heard.holders[0].trying && heard.holders[0].most_ms == rows[i].most_ms,
		    "row %zu: %lld", i, (long long)heard.holders[0].most_ms);
	}
}

/* What a firewall keeps from leaving is probed for as well. */
static void a_window_is_shut_where_the_kernel_says_that_it_is_zero(void)
{
	static const struct {
		uint16_t len; /* of struct tcp_info: an older kernel's is shorter */
		uint32_t window;
		bool shut;
	} rows[] = {{232, 0, true}, {232, 65536, false}, {228, 0, false}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const one[] = {waiting, NULL};
		unsigned char info[232] = {0};
		struct heard heard;
		size_t n = datagram(one);
		memcpy(info + 228, &rows[i].window, sizeof rows[i].window);
		bytes[16 + 2] = 4; /* idiag_timer */
		n = add_attribute(n, 2, info, rows[i].len);
		parse(n, &heard);
		CHECK(heard.holders[0].shut == rows[i].shut, "row %zu", i);
	}
}

static void the_request_filters_by_port_in_the_kernel(void)
{
	unsigned char request[DIAG_REQUEST];

	const struct diag_query all = {.family = AF_INET, .states = DIAG_ALL};
	const struct diag_query one = {.family = AF_INET6, .port = 3000, .states = DIAG_BOUND};

	CHECK(diag_request(request, &all) == 72, "all ports");
	const size_t n = diag_request(request, &one);
	const uint16_t port = 3000;
	CHECK(n == 92, "%zu bytes", n);
	CHECK(request[16] == AF_INET6 && request[17] == IPPROTO_TCP, "family %d", request[16]);
	CHECK(!memcmp(request + 82, &port, 2) && !memcmp(request + 90, &port, 2), "no port in it");
}

static void both_families_are_asked_for_at_once(void)
{
	unsigned char request[DIAG_REQUEST];
	const uint16_t older = 18, port = 3000;
	const uint32_t states = DIAG_ALL;
	const char *const messages[] = {listener, bound_v6only_on_lo, done, NULL};
	struct heard heard;

	struct diag_query query = {.family = AF_UNSPEC, .states = DIAG_ALL};

	CHECK(diag_request(request, &query) == 76, "all ports");
	query.port = 3000;
	CHECK(diag_request(request, &query) == 96, "one port");
	CHECK(!memcmp(request + 4, &older, 2), "type %d", request[4]);
	CHECK(!memcmp(request + 68, &states, 4), "no states in it");
	CHECK(!memcmp(request + 86, &port, 2) && !memcmp(request + 94, &port, 2), "no port in it");
	/* The kernel answers with the type of the request. */
	const size_t len = datagram(messages);
	memcpy(bytes + 4, &older, 2);
	CHECK(parse(len, &heard) == DIAG_DONE && heard.count == 2, "%zu heard", heard.count);
}

int main(void)
{
	if (!same_order()) {
		printf("skip: recorded on a little-endian machine\n");
		return 77;
	}
	TEST(recorded_sockets_are_read);
	TEST(a_datagram_holds_many_and_its_end_is_told);
	TEST(who_has_heard_enough_is_told_no_more);
	TEST(a_cut_datagram_is_no_trap);
	TEST(hostile_lengths_are_no_trap);
	TEST(attributes_of_a_socket_are_read);
	TEST(an_orphan_with_a_shut_window_has_a_last_moment);
	TEST(an_orphan_whose_peer_does_not_answer_has_a_last_moment);
	TEST(a_window_is_shut_where_the_kernel_says_that_it_is_zero);
	TEST(the_request_filters_by_port_in_the_kernel);
	TEST(both_families_are_asked_for_at_once);
	return test_failures != 0;
}
