"""What `reuse limits --to` says is left, put to the test: in networks of their own, with a hundred ports or fewer.

usage: ports.py mixes REUSE ROUNDS SEED | advice REUSE | waits REUSE | unlisted REUSE | many REUSE COUNT
Prints what differs. Status 0: nothing; 77: no network to be had.
"""

import ctypes
import errno
import fcntl
import json
import os
import random
import re
import select
import socket
import struct
import subprocess
import sys
import time

LOW, HIGH, SERVER = 40000, 40099, 20000  # the range: of the network that was entered last
NEWNET = 0x40000000
NO_PORT = 24
MPTCP = 262  # IPPROTO_MPTCP
PORT_RANGE = 51  # IP_LOCAL_PORT_RANGE: Linux 6.3
OTHER = "10.9.0.1"  # an address that is no loopback's
HERE, THERE = "10.8.0.1", "10.8.0.2"  # by way of an interface to another network
KEPT = []  # sockets that are closed at the end
HOSTS = (OTHER, "127.0.0.1", "127.0.0.2", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1")


def tune(name, value):
    with open("/proc/sys/net/ipv4/" + name, "w", encoding="ascii") as file:
        file.write(str(value))


def fresh_network(low=40000, high=40099):
    """This process enters a network namespace with nothing but a loopback, and that range."""
    global LOW, HIGH
    LOW, HIGH = low, high
    if ctypes.CDLL(None, use_errno=True).unshare(NEWNET) < 0:
        sys.exit(77)
    with socket.socket() as sock:
        request = struct.pack("16sh22x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(sock, 0x8914, request)  # SIOCSIFFLAGS
        address = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(OTHER))
        fcntl.ioctl(sock, 0x8916, address)  # SIOCSIFADDR
    tune("ip_unprivileged_port_start", min(LOW, 1024))
    tune("ip_local_port_range", f"{LOW} {HIGH}")


def ip(words):
    return subprocess.call(["ip", *words.split()], stderr=subprocess.DEVNULL)


def neighbour():
    """A server in another network, which an interface leads to; None where there is none to be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    if ip("link add here type veth peer name there"):
        return None
    ready, end = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        libc.unshare(NEWNET)
        os.write(ready[1], b"x")
        os.close(end[1])
        os.read(end[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    ip(f"link set there netns {child}")
    ip(f"addr add {HERE}/24 dev here")
    ip("link set here up")
    home, other = (os.open(f"/proc/{pid}/ns/net", os.O_RDONLY) for pid in ("self", child))
    libc.setns(other, NEWNET)
    ip(f"addr add {THERE}/24 dev there")
    ip("link set there up")
    server = listen(THERE, SERVER)
    libc.setns(home, NEWNET)
    for fd in (home, other, *ready, *end):
        os.close(fd)
    os.waitpid(child, 0)
    return server


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def listen(host, port):
    sock = socket.socket(family_of(host))
    sock.bind((host, port))
    sock.listen(4096)
    return sock


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def said(reuse, *words, to="127.0.0.1", tries=20):
    """What it says; again where a busy machine left it no time to ask of every port: after 0.6 s the rest is inferred."""
    to = f"[{to}]" if ":" in to else to
    for _ in range(tries):
        began = time.monotonic()
        ran = subprocess.run([reuse, "limits", "--to", f"{to}:{SERVER}", "--json", *words],
                             stdout=subprocess.PIPE, timeout=20, check=False)
        if time.monotonic() - began < 0.5:
            break
    return [json.loads(line) for line in ran.stdout.splitlines()], ran.returncode


def left(events):
    return {event["way"]: event["ports"] for event in events if event["event"] == "left"}


def one_more(way, source="127.0.0.1", to="127.0.0.1"):
    """A connection to the server, under way, that gets its port in that way; None where there is none left."""
    sock = socket.socket(family_of(to))
    sock.setblocking(False)
    try:
        if way == "no-port":
            sock.setsockopt(socket.IPPROTO_IP, NO_PORT, 1)
        if way != "connect":
            sock.bind((source, 0))
        error = sock.connect_ex((to, SERVER))
    except OSError as refused:
        error = refused.errno
    if error in (0, errno.EINPROGRESS):
        return sock
    sock.close()
    if error not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE):
        raise OSError(error, os.strerror(error))
    return None


def all_more(way, source="127.0.0.1", to="127.0.0.1"):
    """As many connections as there are to be had."""
    socks = []
    while sock := one_more(way, source, to):
        socks.append(sock)
    for sock in socks:  # over a half closed one it takes a second
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if poll.poll(20000) else errno.ETIMEDOUT
        if error:
            raise OSError(error, os.strerror(error))
    return socks


def plain(name):
    return name[0].replace("::ffff:", ""), name[1]


class Mix:
    """Holders of ports, at random."""

    def __init__(self, rng, beside):
        self.rng, self.socks, self.waits, self.beside = rng, [], 0, beside
        self.servers = [listen("127.0.0.1", SERVER), listen("127.0.0.1", SERVER + 1), listen("127.0.0.3", SERVER),
                        listen("::1", SERVER), listen(OTHER, SERVER)] + ([beside] if beside else [])
        for _ in range(rng.randrange(HIGH - LOW + 1)):
            try:
                rng.choice((self.bound, self.bound, self.connected, self.bound_and_connected, self.closed))()
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EINVAL, errno.ENETUNREACH):
                    raise

    def kept(self, family=socket.AF_INET):
        protocol = MPTCP if self.rng.random() < 0.1 else 0
        try:
            self.socks.append(socket.socket(family, socket.SOCK_STREAM, protocol))
        except OSError:  # without MPTCP
            self.socks.append(socket.socket(family))
        if not self.beside and self.rng.random() < 0.1:
            try:
                self.socks[-1].setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
            except OSError:  # before Linux 5.7 root's
                pass
        return self.socks[-1]

    def narrowed(self, sock):
        """The socket with a range of its own, at times."""
        low = self.rng.randrange(LOW, HIGH + 1)
        high = self.rng.randrange(low, HIGH + 1)
        if self.rng.random() < 0.2:
            try:
                sock.setsockopt(socket.IPPROTO_IP, PORT_RANGE, struct.pack("=I", high << 16 | low))
            except OSError:
                pass

    def optioned(self, host):
        sock = self.kept(family_of(host))
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            if self.rng.random() < 0.4:
                sock.setsockopt(socket.SOL_SOCKET, option, 1)
        if host == "::" and self.rng.random() < 0.5:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        return sock

    def a_port(self):
        return self.rng.choice((0, self.rng.randrange(LOW, HIGH + 1)))

    def server(self, family, host=HERE):
        """One that a socket bound to that host can reach."""
        ends = [s.getsockname()[:2] for s in self.servers if s != self.beside or host in (HERE, "0.0.0.0", "::")]
        if family == socket.AF_INET:
            return self.rng.choice([end for end in ends if ":" not in end[0]])
        host, port = self.rng.choice(ends)
        return host if ":" in host else "::ffff:" + host, port

    def bound(self):
        host = self.rng.choice(HOSTS)
        sock = self.optioned(host)
        sock.bind((host, self.a_port()))
        if self.rng.random() < 0.3:
            sock.listen(1)

    def connected(self):
        family = self.rng.choice((socket.AF_INET, socket.AF_INET, socket.AF_INET6))
        host = HERE
        sock = self.kept(family)
        self.narrowed(sock)
        if family == socket.AF_INET and self.rng.random() < 0.3:
            sock.setsockopt(socket.IPPROTO_IP, NO_PORT, 1)
            host = self.rng.choice(("127.0.0.1", "127.0.0.2", HERE if self.beside else OTHER))
            sock.bind((host, 0))
        sock.connect(self.server(family, host))
        return sock

    def bound_and_connected(self):
        host = self.rng.choice(("127.0.0.1", "127.0.0.2", HERE if self.beside else OTHER, "0.0.0.0", "::", "::1"))
        sock = self.optioned(host)
        sock.bind((host, self.a_port()))
        sock.connect(("::1", SERVER) if host == "::1" else self.server(family_of(host), host))
        return sock

    def closed(self):
        """A TIME_WAIT, or a half of one, or nothing, at the side that connected."""
        sock = self.rng.choice((self.connected, self.bound_and_connected))()
        self.socks.remove(sock)
        if self.rng.random() < 0.2:
            return reset(sock)
        peer, name = plain(sock.getpeername()), plain(sock.getsockname())
        end = next(s for s in self.servers if plain(s.getsockname()) == peer)
        while True:  # those before it in the queue are kept
            accepted, whose = end.accept()
            self.socks.append(accepted)
            if plain(whose) == name:
                break
        sock.close()
        if self.rng.random() < 0.8:
            accepted.close()
        self.waits += 1
        return None


def mix_differs(reuse, rng):
    """A round; what differs as text, "" where nothing does."""
    size = rng.choice((100, 100, 99, 33, 8, 7, 3, 2, 1))
    low = rng.choice((40000, 40001, 1024, 65536 - size, 900))
    fresh_network(low, low + size - 1)
    tune("tcp_tw_reuse", rng.choice((0, 1, 2)))
    tune("tcp_timestamps", rng.choice((0, 1, 1, 1)))
    at_once = rng.random() < 0.5
    slow = 1.1
    if os.path.exists("/proc/sys/net/ipv4/tcp_tw_reuse_delay"):
        tune("tcp_tw_reuse_delay", 1 if at_once else 60000)
        slow = 0.05
    if rng.random() < 0.5:
        first = rng.randrange(LOW, HIGH + 1)
        tune("ip_local_reserved_ports", f"{first}-{min(HIGH, first + rng.randrange(size // 5 + 1))},50000")
    beside = neighbour() if rng.random() < 0.2 else None
    mix = Mix(rng, beside)
    if rng.random() < 0.2:  # UDP has ports of its own: that none is left there changes nothing
        for port in range(LOW, HIGH + 1):
            mix.socks.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
            mix.socks[-1].bind(("::", port))
    if mix.waits:
        time.sleep(slow)
    to, source = rng.choice((
        ("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.0.0.2"), ("127.0.0.1", OTHER), ("::1", "::1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), (OTHER, OTHER), (OTHER, "127.0.0.2"), ("127.0.0.3", "127.0.0.1")))
    if beside:
        to, source = rng.choice(((THERE, HERE), (THERE, HERE), ("::ffff:" + THERE, "::ffff:" + HERE), ("127.0.0.1", HERE)))
    words = [] if rng.random() < 0.3 else ["--from", source]
    named = to == "127.0.0.1" and rng.random() < 0.5 and socket.gethostbyname("localhost") == to
    events, status = said(reuse, *words, *(["-4"] if named else []), to="localhost" if named else to)
    source = next(event["source"] for event in events if event["event"] == "route")
    ways = left(events)
    by_itself = ways["connect"] is not None
    way = rng.choice(("connect", "no-port", "bind") if by_itself else ("no-port", "bind"))
    taken = [(event["state"], event["ports"]) for event in events if event["event"] == "taken"]
    count = sum(ports for state, ports in taken if state != "time-wait-reusable")
    got = all_more(way, ("::ffff:" if "ffff" in to else "") + source, to)
    what = ""
    # Of an odd number of ports the kernel may miss the first or the last: __inet_hash_connect, `remaining &= ~1U`.
    inferred = any(event["basis"] == "inferred" for event in events if event["event"] == "left" and event["way"] == way)
    if inferred and not size % 2 and not beside:
        what = f"{way} from {source} to {to} of {size} ports: inferred"
    elif len(got) != ways[way] and not (inferred and len(got) == ways[way] - 1):
        what = f"{way} from {source} to {to}: {ways} said, {len(got)} had; taken {taken}"
    elif count != size - ways["connect" if by_itself else "no-port"]:
        what = f"taken {taken}, left {ways}"
    elif status != (0 if any(ways.values()) else 1):
        what = f"status {status}, left {ways}"
    for sock in got + mix.socks + mix.servers:
        sock.close()
    return what


def mixes(reuse, rounds, seed):
    wrong = 0
    for number in range(int(rounds)):
        what = mix_differs(reuse, random.Random(f"{seed} {number}"))
        wrong += bool(what)
        if what:
            print(f"round {number} of seed {seed}: {what}")
    print(f"{rounds} mixes, {wrong} differ")
    return wrong != 0


def gain(events, words):
    for event in events:
        if event["event"] == "advice" and words in event["text"]:
            return int(event["text"].split(":")[0].replace(",", ""))
    return 0


def from_one_port(port):
    """A connection to the server from that port, which is not bound; without IP_LOCAL_PORT_RANGE from any."""
    sock = socket.socket()
    try:
        sock.setsockopt(socket.IPPROTO_IP, PORT_RANGE, struct.pack("=I", port << 16 | port))
    except OSError:
        pass
    sock.connect(("127.0.0.1", SERVER))
    return sock


def wait_of(server, bound):
    """A TIME_WAIT at the side that connected."""
    sock = socket.socket()
    if bound:
        sock.bind(("127.0.0.1", 0))
    sock.connect(server.getsockname())
    while True:
        accepted, whose = server.accept()
        if whose == sock.getsockname():
            break
        KEPT.append(accepted)
    sock.close()
    accepted.close()


def advice(reuse):
    """Each advice is carried out: connect then has as many more as it said."""
    wrong = 0

    def compare(name, said_gain, before, after):
        nonlocal wrong
        if said_gain <= 0 or after - before != said_gain:
            wrong += 1
            print(f"{name}: +{said_gain} said, {before} before, {after} after")

    def scene(stamps=1):
        fresh_network()
        tune("tcp_tw_reuse", 0)
        tune("tcp_timestamps", stamps)
        if os.path.exists("/proc/sys/net/ipv4/tcp_tw_reuse_delay"):
            tune("tcp_tw_reuse_delay", 1)
        # The third is in the range, and leaving its port to the kernel would not free it.
        servers = [listen("127.0.0.1", SERVER), listen("127.0.0.3", SERVER), listen("127.0.0.3", 40050)]
        # Of the reserved ones two are taken besides.
        socks = [socket.socket(), from_one_port(40095)]
        socks[0].bind(("127.0.0.1", 40096))
        tune("ip_local_reserved_ports", "40050,40090-40099")
        for host, count in (("127.0.0.1", 10), ("127.0.0.2", 5)):  # bound first, then connected elsewhere
            for _ in range(count):
                socks.append(socket.socket())
                socks[-1].bind((host, 0))
                socks[-1].connect(("127.0.0.3", SERVER))
        for bound in (True,) + 7 * (False,):
            wait_of(servers[0], bound)
        tune("ip_local_reserved_ports", "40090-40099")
        time.sleep(0.05 if os.path.exists("/proc/sys/net/ipv4/tcp_tw_reuse_delay") else 1.1)
        return servers + socks, said(reuse)[0]

    def by_shell(text):
        subprocess.run(["sh", "-c", text.split(": ", 1)[1]], check=True, stdout=subprocess.DEVNULL)

    def by_command(words):
        held, events = scene()
        text = next(e["text"] for e in events if e["event"] == "advice" and words in e["text"])
        by_shell(text)
        compare(words, gain(events, words), left(events)["connect"], len(all_more("connect")))
        return held

    by_command("ip_local_reserved_ports")
    by_command("tcp_tw_reuse")
    held, events = scene(stamps=0)
    if gain(events, "tcp_tw_reuse"):
        wrong += 1
        print("tcp_tw_reuse without timestamps:", events)
    held, events = scene()
    words = "another source address"
    compare(words, gain(events, words), left(events)["connect"], len(all_more("connect") + all_more("no-port", "127.0.0.9")))
    held, events = scene()
    words = "bind to the source"
    more = all_more("connect")
    compare(words, gain(events, words), left(events)["connect"], len(more + all_more("bind")))
    held, events = scene()
    words = "IP_BIND_ADDRESS_NO_PORT in the programs"
    before, expected = left(events)["connect"], gain(events, words)
    for sock in held[5:]:
        host = sock.getsockname()[0]
        reset(sock)
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_IP, NO_PORT, 1)
        sock.bind((host, 0))
        sock.connect(("127.0.0.3", SERVER))
        held.append(sock)
    compare(words, expected, before, len(all_more("connect")))
    held, events = scene()
    # Fewer than a process has descriptors; two of them are taken outside of the range.
    tune("ip_local_reserved_ports", "1024-38999,42000-65535")
    held += [listen("127.0.0.1", 39100), socket.socket()]
    held[-1].bind(("127.0.0.2", 41000))
    events = said(reuse)[0]
    words = "ip_local_port_range"
    before, expected = left(events)["connect"], gain(events, words)
    by_shell(next(e["text"] for e in events if e["event"] == "advice" and words in e["text"]))
    compare(words, expected, before, len(all_more("connect")))
    return wrong != 0


def waits(reuse):
    """When the first TIME_WAIT ends and when the last, of six in two seconds; how a single one is told."""
    fresh_network()
    server = listen("127.0.0.1", SERVER)
    texts = []
    for number in range(6):
        if number:
            time.sleep(0.4)
        wait_of(server, False)
        if number in (0, 5):
            texts += subprocess.run([reuse, "limits", "--to", f"127.0.0.1:{SERVER}"], stdout=subprocess.PIPE,
                                    timeout=20, check=False, text=True).stdout.splitlines()
    one = next((re.match(r"the TIME_WAIT ends in (\d+) s$", text) for text in texts if text.startswith("the TIME")), None)
    all_six = next((re.match(r"of 6 TIME_WAITs the first ends in (\d+) s, the last in (\d+) s$", text)
                    for text in texts if text.startswith("of 6 TIME")), None)
    if one and all_six and int(one[1]) > 30 and int(all_six[1]) + 2 <= int(all_six[2]) <= 60:
        return 0
    print("\n".join(texts))
    return 1


def refuse_netlink():
    """From now on no netlink socket can be made here."""
    if os.uname().machine != "x86_64":
        sys.exit(77)
    libc = ctypes.CDLL(None, use_errno=True)
    steps = ((0x20, 0, 0, 0), (0x15, 0, 3, 41), (0x20, 0, 0, 16), (0x15, 0, 1, socket.AF_NETLINK),
             (6, 0, 0, 0x50000 | errno.EAFNOSUPPORT), (6, 0, 0, 0x7FFF0000))
    filter_ = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(filter_)))
    if libc.prctl(38, 1, 0, 0, 0) < 0 or libc.prctl(22, 2, program, 0, 0) < 0:
        sys.exit(77)


def unlisted(reuse):
    """Where sockets that are bound alone are not listed, their ports are counted and bind's figure is inferred."""
    fresh_network()
    KEPT.append(socket.socket())
    KEPT[0].bind(("127.0.0.2", LOW))
    refuse_netlink()
    text = subprocess.run([reuse, "limits", "--to", f"127.0.0.1:{SERVER}"], stdout=subprocess.PIPE, timeout=20,
                          check=False, text=True).stdout
    asked = re.search(r"^  connect without bind +99$", text, re.M)  # since Linux 6.3
    inferred = re.search(r"^  connect without bind +\d+  \(inferred\)$", text, re.M)
    if (asked or inferred) and re.search(r"^  bind to port 0, connect +\d+  \(inferred\)$", text, re.M):
        return 0
    print(text)
    return 1


def many(reuse, count):
    """With so many connections, how many seconds it takes, and whether the figure is right."""
    fresh_network()
    tune("ip_local_port_range", "1024 65535")
    server = listen("127.0.0.1", SERVER)
    socks = []
    for _ in range(int(count)):
        socks += [one_more("connect"), server.accept()[0]]
    began = time.monotonic()
    events, _ = said(reuse, tries=1)
    took = time.monotonic() - began
    print(f"{took:.2f} s")
    expected = 65535 - 1024 + 1 - int(count) - 1  # but the server's
    if left(events)["connect"] != expected:
        print(f"{left(events)} said, {expected} left")
        return 1
    for sock in socks + [server]:
        sock.close()
    return 0


sys.exit({"mixes": mixes, "advice": advice, "waits": waits, "unlisted": unlisted, "many": many}[sys.argv[1]](*sys.argv[2:]))
