/* ctest: wrap=holders_read wrap=holders_know */
/* diagnosis/findings: in which order sockets are told. */
#include "diagnosis/findings.h"
#include "tests/lib/listed.h"
#include "tests/lib/test.h"

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl*): ld gives the name */
void __wrap_holders_know(struct holders *holders, bool patient);

void __wrap_holders_know(struct holders *holders, bool patient)
{
	(void)holders;
	(void)patient;
}

static struct holder listener(union addr local, uint64_t inode)
{
	return (struct holder){.state = HOLDER_LISTEN,
	    .local = local,
	    .inode = inode,
	    .left_ms = -1,
	    .most_ms = -1,
	    .drops = -1};
}

static union addr link_local(unsigned scope)
{
	union addr addr = addr_any(AF_INET6, 80);

	addr.v6.sin6_addr.s6_addr[0] = 0xfe;
	addr.v6.sin6_addr.s6_addr[1] = 0x80;
	addr.v6.sin6_scope_id = scope;
	return addr;
}

/* Whether those two are told in this order, however they were listed, and whichever was made first. */
static void check_order(union addr first, union addr second)
{
	for (int way = 0; way < 4; way++) {
		const int turned = way % 2;
		const uint64_t inode = way / 2 ? 2 : 1;
		struct findings findings;
		listed[turned] = listener(first, inode);
		listed[1 - turned] = listener(second, 3 - inode);
		listed_count = 2;
		findings_read(&findings, 80, false, false, true);
		CHECK(
		    findings.error == 0 && findings.holders.count == 2, "errno %d", findings.error);
		CHECK(addr_same(&findings.holders.list[0].local, &first), "way %d", way);
		CHECK(addr_same(&findings.holders.list[1].local, &second), "way %d", way);
		findings_free(&findings);
	}
}

static void addresses_of_one_interface_stand_together(void)
{
	check_order(link_local(2), link_local(3));
}

static void listeners_stand_by_address(void)
{
	union addr second = addr_loopback(AF_INET, 80);

	second.v4.sin_addr.s_addr = htonl(0x7f000002);
	check_order(addr_loopback(AF_INET, 80), second);
	check_order(addr_any(AF_INET, 80), addr_any(AF_INET6, 80));
	check_order(addr_any(AF_INET6, 80), addr_loopback(AF_INET6, 80));
	check_order(addr_loopback(AF_INET6, 80), link_local(1));
}

/* That is in the order in which they were made. */
static void at_one_address_sockets_stand_by_inode(void)
{
	const union addr places[] = {
	    addr_loopback(AF_INET, 80), addr_loopback(AF_INET6, 80), link_local(2)};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (int turned = 0; turned < 2; turned++) {
			struct findings findings;
			listed[turned] = listener(places[i], 1);
			listed[1 - turned] = listener(places[i], 2);
			listed_count = 2;
			findings_read(&findings, 80, false, false, true);
			CHECK(findings.holders.count == 2 && findings.holders.list[0].inode == 1,
			    "place %zu, turned %d", i, turned);
			findings_free(&findings);
		}
}

int main(void)
{
	TEST(addresses_of_one_interface_stand_together);
	TEST(listeners_stand_by_address);
	TEST(at_one_address_sockets_stand_by_inode);
	return test_failures != 0;
}
