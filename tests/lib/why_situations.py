"""Situations made for real, and the sentences of `reuse why` that belong to them; advice is carried out.

why_situations.py REUSE [NAME...]: as root, in a network namespace of its own. Each situation runs in a process with one more
network of its own. Prints what was not said, or did not help; status 1 where there is such.
"""
import ctypes
import json
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

reuse = os.path.abspath(sys.argv[1])
C = ctypes.CDLL(None, use_errno=True)
A, P, V6 = socket.SO_REUSEADDR, socket.SO_REUSEPORT, socket.AF_INET6
USER = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
UNMAPPED = ("setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups", "unshare", "-U", "-r")
faults, born, kept = [], [], []


class Skipped(Exception):
    pass


def sh(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=20)


def tune(name, value):
    with open("/proc/sys/" + name.replace(".", "/"), "w") as file:
        file.write("%s\n" % value)


def own_network():
    if C.unshare(0x40000000):
        raise Skipped("no network namespace")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        flags = struct.unpack("16sH14x", fcntl.ioctl(s, 0x8913, struct.pack("16sH14x", b"lo", 0)))[1]
        fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", flags | 1))


def pair_of_interfaces():
    if sh("ip link add d0 type veth peer name d1 && ip link set d0 up && ip link set d1 up && ip addr add 10.5.0.1/24 dev d0").returncode:
        raise Skipped("no veth")


def made(address, options=(), v6only=None, device=None, kind=socket.SOCK_STREAM):
    s = socket.socket(V6 if ":" in address else socket.AF_INET, kind)
    for option in options:
        s.setsockopt(socket.SOL_SOCKET, option, 1)
    if v6only is not None:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    if device:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    return s


def listener(address, port, options=(), v6only=None, device=None, backlog=8):
    s = made(address, options, v6only, device)
    s.bind((address, port))
    s.listen(backlog)
    return s


def connection(address, port):
    s = made(address)
    s.connect((address, port))
    return s


def take(address, port, *args, **more):
    try:
        listener(address, port, *args, **more).close()
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def child(work):
    """work() in a process that then waits; returns its pid once that is done."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        C.prctl(1, 9)  # PR_SET_PDEATHSIG
        kept = work()
        os.write(w, b"x")
        while kept is not w:
            time.sleep(60)
    born.append(pid)
    os.close(w)
    os.read(r, 1)
    os.close(r)
    return pid


def end(pid, sig=signal.SIGKILL):
    os.kill(pid, sig)
    os.waitpid(pid, 0)
    born.remove(pid)


def heard(run):
    if os.environ.get("SAID"):
        with open(os.environ["SAID"], "a") as said:
            said.write(run.stdout + run.stderr)
    return run.stdout + run.stderr


def other(*words, pre=()):
    return heard(subprocess.run([*pre, reuse, *words], capture_output=True, text=True, timeout=30))


def why(*words, pre=()):
    return other("why", *words, pre=pre)


def says(text, *pieces):
    for piece in pieces:
        if piece not in text:
            faults.append("not said: %s\n    of: %s" % (piece, text.strip().replace("\n", "\n        ")))


def silent(text, *pieces):
    for piece in pieces:
        if piece in text:
            faults.append("said: %s\n    of: %s" % (piece, text.strip().replace("\n", "\n        ")))


def equal(got, want, what):
    if got != want:
        faults.append("%s: %s, wanted %s" % (what, got, want))


def until(holds):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    faults.append("it did not come")


def privileged_and_held():
    s = listener("0.0.0.0", 80)
    said = why("80", pre=USER)
    says(said, "is refused to you: bind says EACCES", "it is in use as well: a socket of root listens",
         "running as root is not enough: its holder must be stopped as well", "or the kernel's own; root sees which: sudo")
    s.close()
    said = why("81", pre=USER)
    says(said, "- run as root\n", "a program may bind to it after: setcap cap_net_bind_service+ep PROGRAM", "or take another port: 8081")
    tune("net.ipv4.ip_unprivileged_port_start", 81)
    says(why("81", pre=USER), "TCP port 81 is free")
    says(why("EACCES", "bind", pre=USER), "81 is the first port that any user may bind")
    says(why("EACCES", "bind"), "you may bind to all")


def privileged_and_held_for_ipv6():
    s = listener("::", 80, v6only=1)
    said = why("80", pre=USER)
    says(said, "it is in use as well: a socket of root listens on [::]:80\n", "- run as root to have 0.0.0.0:80\n",
         "- running as root is not enough to have [::]:80: its holder must be stopped as well")
    silent(said, "run as root\n")
    equal(take("0.0.0.0", 80), "ok", "root, 0.0.0.0")
    equal(take("::", 80), "EADDRINUSE", "root, ::")
    s.close()


def an_option_for_one_family():
    four = made("127.0.0.1", (A,))
    four.bind(("127.0.0.1", 7053))
    six = listener("::1", 7053)
    said = why("7053")
    says(said, "TCP port 7053 is in use: ", ", and 1 more socket\n", "- SO_REUSEADDR on your socket, set before bind, lets you have 0.0.0.0:7053\n")
    equal(take("0.0.0.0", 7053, (A,)), "ok", "0.0.0.0 with SO_REUSEADDR")
    equal(take("::", 7053, (A,)), "EADDRINUSE", ":: with SO_REUSEADDR")
    four.close()
    six.close()


def privileged_and_closed():
    s = listener("127.0.0.1", 90)
    c = connection("127.0.0.1", 90)
    s.accept()[0].close()
    c.close()
    s.close()
    time.sleep(0.1)
    says(why("127.0.0.1:90", pre=USER), "then only the privilege is missing")


def root_without_the_privilege():
    pre = ("setpriv", "--bounding-set", "-net_bind_service")
    said = why("443", pre=pre)
    says(said, "CAP_NET_BIND_SERVICE is not available here, even to root; a container gets it with --cap-add NET_BIND_SERVICE")
    silent(said, "run as root")
    tune("net.ipv4.ip_unprivileged_port_start", 443)
    says(why("443", pre=pre), "TCP port 443 is free")


def needs(pre, what):
    if subprocess.run([*pre, sys.argv[1], "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise Skipped(what)


def network_of_others():
    needs(UNMAPPED, "no user namespace, or another user cannot run the program")
    s = listener("0.0.0.0", 80)
    said = why("80", pre=UNMAPPED)
    says(said, "this network belongs to another user namespace", "root outside of this user namespace may bind to it",
         "that alone is not enough: its holder must be stopped as well", "not of this user namespace, or the kernel's own; to see which, outside of it")
    silent(said, "run as root", "setcap")
    s.close()


def one_option_for_both_families():
    s = listener("0.0.0.0", 7051, (P,))
    said = why("7051")
    says(said, "- SO_REUSEPORT on your socket, set before bind, lets you have it; if both listen on 0.0.0.0:7051, ")
    equal(said.count("- SO_REUSEPORT on your socket"), 1, "times that the option is told")
    s.close()


def drops_of_listeners_that_share():
    kept = [listener("127.0.0.1", 7052, (P,), backlog=0) for _ in range(2)]
    shared = [json.loads(line) for line in why("--json").splitlines() if '"shared"' in line]
    equal([(holder["queue"], holder["queue_limit"], holder["drops"]) for one in shared for holder in one["holders"]], [(0, 0, 0)] * 2,
          "the queues of two listeners")
    for s in kept:
        s.close()


def accept_deferred():
    """The kernel counts as dropped what TCP_DEFER_ACCEPT only defers, though every connection is served."""
    s = made("127.0.0.1", (A,))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
    s.bind(("127.0.0.1", 7054))
    s.listen(8)
    for _ in range(3):
        c = connection("127.0.0.1", 7054)
        c.send(b"hello")
        kept.extend((c, s.accept()[0]))
    drops = [event["drops"] for event in map(json.loads, why("--json", "127.0.0.1:7054", pre=USER).splitlines()) if event["event"] == "holder" and event["state"] == "LISTEN"]
    if drops != [3]:
        raise Skipped("no count of them in this kernel")
    says(why("127.0.0.1:7054"), "0 waiting, limit 8\n")
    says(why("127.0.0.1:7054", pre=USER), "0 waiting, limit 8, at most 3 dropped\n")
    s.close()


def other_networks():
    def work():
        own_network()
        s = listener("127.0.0.1", 7050)
        c = connection("127.0.0.1", 7050)
        s.accept()[0].close()
        return s, c
    pid = child(work)
    said = why("7050")
    says(said, "TCP port 7050 is free\nnot in the way: TCP LISTEN 127.0.0.1:7050, ", "[%d], in another network namespace, and 1 more (-v)\n" % pid)
    equal(said.count("[%d]" % pid), 1, "times that the process is named")
    says(why("-v", "7050"), ", no process, in another network namespace (python")


def closed_by_one_end():
    s = listener("127.0.0.1", 7006)
    c = connection("127.0.0.1", 7006)
    a = s.accept()[0]
    s.close()
    a.close()
    time.sleep(0.1)
    says(why("127.0.0.1:7006"), "the closed connection 127.0.0.1:7006 -> ", "then it is free without any option; where the other end closes first",
         "the next time, set SO_REUSEADDR on the server (or client) that ends and on the one that starts: then it starts at once")
    c.close()
    time.sleep(0.1)
    silent(why("127.0.0.1:7006"), "where the other end closes first")


def connections_left_behind():
    def work():
        s = listener("127.0.0.1", 7005, (A,))
        c = connection("127.0.0.1", 7005)
        return s, c, s.accept()[0]
    pid = child(work)
    says(why("127.0.0.1:7005"), "stop what has it: kill %d; its connections may stay in TIME_WAIT for a minute: with SO_REUSEADDR "
         "on your socket you need not wait" % pid)
    end(pid)
    equal(take("127.0.0.1", 7005, (A,)), "ok", "SO_REUSEADDR after the kill")


def another_user_may():
    def work():
        os.setgid(65534)
        os.setuid(65534)
        s = listener("127.0.0.1", 7004, (P,))
        c = connection("127.0.0.1", 7004)
        a = s.accept()[0]
        a.close()
        c.close()
        return s, connection("127.0.0.1", 7004)
    child(work)
    time.sleep(0.1)
    says(why("127.0.0.1:7004"), "run as nobody with SO_REUSEPORT", "not accepted yet")


def an_unmapped_port_of_another_user():
    def work():
        os.setgid(65534)
        os.setuid(65534)
        return listener("127.0.0.1", 80, (P,))
    tune("net.ipv4.ip_unprivileged_port_start", 0)
    child(work)
    tune("net.ipv4.ip_unprivileged_port_start", 1024)
    silent(why("127.0.0.1:80"), "run as nobody")


def interfaces_apart():
    pair_of_interfaces()
    one = listener("0.0.0.0", 6001, (P,), device=b"d0")
    other_one = listener("0.0.0.0", 6001, (P,))
    said = why("0.0.0.0:6001")
    says(said, "listens on 0.0.0.0:6001%d0", "the listener that is bound to an interface gets the connections that arrive there",
         "accept queue of 0.0.0.0:6001%d0 (", "accept queue of 0.0.0.0:6001 (")
    other_one.close()
    one.close()
    one = listener("0.0.0.0", 6002, device=b"d0")
    says(why("0.0.0.0:6002"), "bound to an interface other than theirs (SO_BINDTODEVICE), your socket could have it")
    equal(take("0.0.0.0", 6002, device=b"d1"), "ok", "bound to the other interface")
    said = other("connect", "0.0.0.0", "0", "127.0.0.1", "6002", "-c1")
    says(said, "ECONNREFUSED")
    silent(said, "firewall rule of this machine rejects")
    one.close()


def two_families():
    s = listener("127.0.0.1", 6003)
    said = why("6003")
    says(said, "IPV6_V6ONLY on your socket, set before bind, lets you have [::]:6003 for IPv6 alone")
    silent(said, "of two listeners")
    equal(take("::", 6003, v6only=1), "ok", "IPV6_V6ONLY")
    s.close()
    s = listener("::", 6004, (P,), v6only=0)
    says(why("0.0.0.0:6004"), "of two listeners, on [::]:6004 and on 0.0.0.0:6004, the one with the more specific address",
         "with IPV6_V6ONLY set there it would not be in the way")
    s.close()
    c = listener("::", 6005, (A, P), v6only=1)
    d = made("::", (A,), v6only=0)
    says(why("[::]:6005"), "SO_REUSEPORT on your socket, set before bind, lets you have it")
    c.close()
    d.close()
    c = made("0.0.0.0", (A,))
    c.bind(("0.0.0.0", 6006))
    d = listener("::", 6006, (A,), v6only=1)
    c.close()
    says(why("[::]:6006"), "TCP [::]:6006 is in use")
    d.close()


def one_group():
    s = listener("127.0.0.1", 6060, (P,))
    says(why("127.0.0.1:6060"), "if both listen on 127.0.0.1:6060, the kernel deals new connections out between the two, unless a program chooses")
    more = listener("127.0.0.1", 6060, (P,)), listener("127.0.0.2", 6060, (P,))
    says(why("127.0.0.1:6060"), "if all listen on 127.0.0.1:6060, the kernel deals new connections out between them, unless a program chooses")
    s.close()
    for s in more:
        s.close()


def port_zero():
    tune("net.ipv4.ip_local_port_range", "40000 40003")
    tune("net.ipv4.ip_local_reserved_ports", "40000-40003")
    said = why("0")
    says(said, "40000 to 40003, are reserved", "sysctl -w net.ipv4.ip_local_reserved_ports=''")
    silent(said, "IPV6_V6ONLY", "NO_PORT")
    says(why("EADDRINUSE", "bind"), "tried: bind 0.0.0.0:0 EADDRINUSE")
    tune("net.ipv4.ip_local_reserved_ports", "40000")
    says(why("EADDRNOTAVAIL", "connect"), "the range is 40000 to 40003, 1 of them reserved")
    kept = [made("0.0.0.0") for _ in range(3)]
    for s in kept:
        s.bind(("0.0.0.0", 0))
    says(why("127.0.0.1:0"), "are taken or reserved", "IP_BIND_ADDRESS_NO_PORT on a socket that will connect")
    silent(why("127.0.0.1:0/udp"), "in use")
    equal(take("::", 0, v6only=1), "ok", "IPv6 alone")
    says(why("[::]:0"), "IPV6_V6ONLY on your socket, set before bind, lets you have [::]:0 for IPv6 alone")


def reserved_beside_others():
    tune("net.ipv4.ip_local_reserved_ports", "8080,9000-9010")
    s = listener("127.0.0.1", 631)
    c = connection("127.0.0.1", 631)
    port = c.getsockname()[1]
    advice = "sysctl -w net.ipv4.ip_local_reserved_ports=%d,8080,9000-9010" % port
    says(why("127.0.0.1:%d" % port), advice)
    s.accept()[0]
    c.close()
    time.sleep(0.05)
    s.close()
    time.sleep(0.05)
    tune("net.ipv4.ip_local_reserved_ports", advice.split("=")[1])
    with open("/proc/sys/net/ipv4/ip_local_reserved_ports") as file:
        equal(file.read().strip(), "8080,9000-9010,%d" % port, "the list after it")


def closed_client():
    s = listener("127.0.0.1", 631)
    c = connection("127.0.0.1", 631)
    port = c.getsockname()[1]
    a = s.accept()[0]
    c.close()
    time.sleep(0.05)
    a.close()
    time.sleep(0.1)
    said = why("127.0.0.1:%d" % port)
    says(said, "from a port that the kernel picked (inferred)", "ip_local_reserved_ports=%d" % port)
    silent(said, "the next time")


def addresses():
    pair_of_interfaces()
    says(why("192.0.2.1:80"), "no interface has 192.0.2.1", "0.0.0.0 means all of them; to bind to one that comes later set IP_FREEBIND on your socket",
         "sysctl -w net.ipv4.ip_nonlocal_bind=1")
    tune("net.ipv4.ip_nonlocal_bind", 1)
    says(why("192.0.2.1:80"), "is free")
    says(why("[2001:db8::1]:80"), "sysctl -w net.ipv6.ip_nonlocal_bind=1")
    tune("net.ipv6.ip_nonlocal_bind", 1)
    says(why("[2001:db8::1]:80"), "is free")
    tune("net.ipv6.ip_nonlocal_bind", 0)
    says(why("[fe80::1]:80"), "a link-local address needs its interface", "write it with its interface, as fe80::1%eth0")
    says(why("[ff02::1]:80"), "it is an IPv6 multicast address, and TCP has none", "use an address that is not multicast, or UDP")
    tune("net.ipv6.bindv6only", 1)
    says(why("[::ffff:127.0.0.1]:80"), "is 1: a new IPv6 socket takes no IPv4", "clear IPV6_V6ONLY on your socket before bind")
    tune("net.ipv6.bindv6only", 0)
    tune("net.ipv6.conf.d0.dad_transmits", 30)
    sh("ip -6 addr add fd00:77::5/64 dev d0")
    said = why("[fd00:77::5]:80")
    if "EADDRNOTAVAIL" in said:
        says(said, "d0 has fd00:77::5, still tentative", "wait a second or two, and try again; or add the address with nodad")
    tune("net.ipv6.conf.lo.disable_ipv6", 1)
    says(why("[::1]:80"), "the loopback has no ::1: IPv6 is turned off there (net.ipv6.conf.lo.disable_ipv6)",
         "use an IPv4 address; or turn IPv6 on: sysctl -w net.ipv6.conf.all.disable_ipv6=0")
    tune("net.ipv6.conf.all.disable_ipv6", 0)
    says(why("[::1]:80"), "is free")
    tune("net.ipv6.conf.all.disable_ipv6", 1)
    says(why("[::1]:80"), "no interface has an IPv6 address: it is turned off here (net.ipv6.conf.*.disable_ipv6), or not configured")


def a_twin():
    pair_of_interfaces()
    pid = child(own_network)
    sh("ip link set d1 netns %d; nsenter -t %d -n sh -c 'ip link set d1 up; ip -6 addr add fd00:77::5/64 dev d1 nodad'" % (pid, pid))
    sh("ip -6 addr add fd00:77::5/64 dev d0")
    until = time.monotonic() + 10
    while "dadfailed" not in sh("ip -6 addr show dev d0").stdout and time.monotonic() < until:
        time.sleep(0.1)
    if "dadfailed" not in sh("ip -6 addr show dev d0").stdout:
        raise Skipped("no twin was found")
    says(why("[fd00:77::5]:80"), "fd00:77::5, which is a duplicate (dadfailed)", "another machine on the link has the address: choose another")


def what_connect_is_refused_for():
    pair_of_interfaces()
    dial = ("connect", "0.0.0.0", "0")
    says(other(*dial, "192.0.2.1", "80", "-c1"), "no route leads to 192.0.2.1")
    says(other(*dial, "10.5.0.255", "80", "-c1"), "the destination is a broadcast or multicast address")
    says(other(*dial, "127.0.0.1", "81", "-c1"), "the machine is there, but nobody listens on that port")
    says(other("connect", "127.0.0.1", "0", "10.5.0.9", "80", "-c1"), "a loopback source cannot reach another machine")
    s = listener("127.0.0.1", 82, backlog=0)
    first = connection("127.0.0.1", 82)
    says(other("connect", "127.0.0.1", "0", "127.0.0.1", "82", "-c1", "-W", "1"), "the queue of its listener is full: 1 not accepted yet, limit 0")
    first.close()
    s.close()
    s = listener("127.0.0.1", 83)
    c = made("127.0.0.1", (A, P))
    c.bind(("127.0.0.1", 7010))
    c.connect(("127.0.0.1", 83))
    says(other("connect", "127.0.0.1", "7010", "127.0.0.1", "83", "-c1"),
         "127.0.0.1:7010 -> 127.0.0.1:83 exists already, in ESTABLISHED")
    says(other("listen", "80", pre=USER), "below net.ipv4.ip_unprivileged_port_start, 1024")


def kills():
    def deaf():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return listener("127.0.0.1", 5007)
    pid = child(deaf)
    says(why("127.0.0.1:5007"), "stop what has it: kill -KILL %d; on python" % pid, "an ordinary kill has no effect")
    end(pid)
    equal(take("127.0.0.1", 5007), "ok", "after kill -KILL")
    pid = child(lambda: listener("127.0.0.1", 5008))
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.1)
    says(why("127.0.0.1:5008"), "is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT %d" % pid)
    if C.ptrace(0x4206, pid, None, None) == 0:  # PTRACE_SEIZE
        C.ptrace(0x4207, pid, None, None)  # PTRACE_INTERRUPT
        time.sleep(0.2)
        said = why("127.0.0.1:5008")
        if "by a debugger" in said:
            says(said, "is stopped by a debugger, an ordinary kill has no effect until the debugger lets it continue: kill -KILL %d" % pid)


def mounted(kind, options, folder):
    """A hierarchy of control groups, mounted where only this process sees it."""
    if C.unshare(0x20000):
        raise Skipped("no mount namespace")
    C.mount(b"none", b"/", None, 0x44000, None)
    if C.mount(b"none", folder, kind, 0, options):
        raise Skipped("cannot mount %s" % kind.decode())


def frozen(kind, options, freezer, freeze, thaw):
    mounted(kind, options, b"/mnt")
    group = "/mnt/reuse-test-%d" % os.getpid()
    def handles():
        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
        return listener("127.0.0.1", 5009)
    pid = child(handles)
    try:
        os.mkdir(group)
        with open(group + "/cgroup.procs", "w") as file:
            file.write("%d" % pid)
        with open(group + freezer, "w") as file:
            file.write(freeze)
    except OSError as e:
        raise Skipped("no group to freeze: %s" % e)
    until(lambda: "frozen" in why("127.0.0.1:5009"))
    said = why("127.0.0.1:5009")
    says(said, ", frozen by its control group\n", "stop what has it: kill -KILL %d\n" % pid)
    sh("kill -TERM %d" % pid)
    time.sleep(0.1)
    equal(take("127.0.0.1", 5009), "EADDRINUSE", "after an ordinary kill")
    sh("kill -KILL %d" % pid)
    if freezer == "/freezer.state":
        time.sleep(0.1)
        equal(take("127.0.0.1", 5009), "EADDRINUSE", "killed, and frozen still")
        says(said, "] is frozen by its control group, a kill has effect when that is thawed: echo THAWED ")
        with open(group + freezer, "w") as file:
            file.write(thaw)
    else:
        says(said, "] is frozen by its control group: until it is thawed it handles no signal")
    os.waitpid(pid, 0)
    born.remove(pid)
    equal(take("127.0.0.1", 5009), "ok", "killed")
    os.rmdir(group)


def frozen_by_a_control_group():
    frozen(b"cgroup2", None, "/cgroup.freeze", "1", "0")


def frozen_by_a_control_group_of_version_1():
    frozen(b"cgroup", b"freezer", "/freezer.state", "FROZEN", "THAWED")


def units_of_others():
    """A server from a shell in a terminal's window, and a job of cron: to stop their units would end the window, or nothing."""
    mounted(b"cgroup2", None, b"/mnt")
    group = "/mnt/reuse-test-%d" % os.getpid()
    app = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.terminal-7.scope"
    folders = [group]
    for path in app, "/system.slice/cron.service", "/system.slice/web.socket":
        for i in range(1, path.count("/") + 1):
            folders.append(group + "/".join(path.split("/")[:i + 1]))
    folders = sorted(set(folders))

    def shell(path, terminal):
        def work():
            with open(group + path + "/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
            os.setsid()
            if terminal:
                ours, theirs = os.openpty()
                fcntl.ioctl(theirs, 0x540E, 0)  # TIOCSCTTY
                kept.append(ours)
            server = child(lambda: listener("127.0.0.1", 7055))
            os.write(w, b"%d\n" % server)
        r, w = os.pipe()
        leader = child(work)
        return leader, int(os.read(r, 20))
    try:
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        with open(group + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
    except OSError as e:
        raise Skipped("no control groups: %s" % e)
    if C.unshare(0x02000000):  # CLONE_NEWCGROUP
        raise Skipped("no cgroup namespace")
    try:
        for path, terminal, wanted in (app, True, "kill"), (app, False, "systemctl --user stop app-org.terminal-7.scope"), \
                ("/system.slice/cron.service", False, "kill"):
            leader, server = shell(path, terminal)
            said = why("127.0.0.1:7055")
            says(said, ", unit " + path.split("/")[-1])
            if wanted == "kill":
                says(said, "stop what has it: kill %d" % server)
                silent(said, "systemctl")
            else:
                says(said, wanted)
            silent(said, "ReusePort")
            sh("kill -KILL %d" % server)
            end(leader)
            until(lambda: take("127.0.0.1", 7055) == "ok")
        leader, server = shell("/system.slice/web.socket", False)
        says(why("127.0.0.1:7055"), "had SO_REUSEPORT set too, your socket could have it with SO_REUSEPORT; systemd sets it where this stands in the unit "
             "file: ReusePort=yes, in that of web.socket")
        sh("kill -KILL %d" % server)
        end(leader)
    finally:
        with open("/mnt/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))
        for folder in reversed(folders):
            until(lambda: not os.path.isdir(folder) or not sh("rmdir " + folder).returncode)


def forwarders():
    def named(name, port):
        def work():
            C.prctl(15, name, 0, 0, 0)  # PR_SET_NAME
            return listener("127.0.0.1", port)
        return child(work)
    pid = named(b"pasta", 5010)
    says(why("127.0.0.1:5010"), "kill %d" % pid, "pasta[%d] forwards the port for a container or network namespace, which would go on without it" % pid)
    pid = named(b"gvproxy", 5011)
    says(why("127.0.0.1:5011"), "forwards the port for podman's virtual machine, which would lose its network; instead: podman machine stop")
    pid = named(b"com.docker.back", 5012)
    says(why("127.0.0.1:5012"), "docker stop $(docker ps -q --filter publish=5012)")
    pid = named(b"dockerd", 5014)
    says(why("127.0.0.1:5014"), "dockerd[%d] forwards the port for a container or a swarm's service, and all its others would stop as well: 'docker ps'" % pid)
    pid = named(b"dockerd", 2375)
    silent(why("127.0.0.1:2375"), "forwards the port")
    code = "import ctypes, socket, sys; ctypes.CDLL(None).prctl(15, b'lxd', 0, 0, 0); s = socket.socket(); s.bind(('127.0.0.1', 5015)); s.listen(); print(flush=True); input()"
    p = subprocess.Popen([sys.executable, "-c", code, "forkproxy", "--"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    says(why("127.0.0.1:5015"), "kill %d" % p.pid, "lxd[%d] forwards the port for an instance: once 'lxc config device remove' (or incus's) has removed the proxy device" % p.pid)
    p.kill()
    p.wait()
    code = "import ctypes, socket; ctypes.CDLL(None).prctl(15, b'sshd', 0, 0, 0); s = socket.socket(); s.bind(('127.0.0.1', 5013)); s.listen(); print(flush=True); input()"
    p = subprocess.Popen(["sshd: bob@pts/0", "-c", code], executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    says(why("127.0.0.1:5013"), "kill %d" % p.pid, "forwards the port for an 'ssh -R', whose whole session would end")
    p.kill()
    p.wait()


def each_family_held_by_another():
    four = child(lambda: listener("0.0.0.0", 5009))
    six = child(lambda: listener("::", 5009, v6only=1))
    said = why("5009")
    says(said, "- stop what has it: kill %d %d\n" % (four, six))
    equal(said.count("stop what has it"), 1, "advices to stop")
    end(four)
    end(six)
    equal(take("::", 5009), "ok", "after both kills")


def in_a_pid_namespace():
    pre = ("unshare", "-p", "-m", "--fork", "--mount-proc")
    needs(pre, "no PID namespace with a /proc of its own")
    s = listener("127.0.0.1", 5006)
    says(why("127.0.0.1:5006", pre=pre), "in no process of this PID namespace (a container's); root on the host sees what is outside")
    s.close()


def not_to_be_seen():
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    s = listener("127.0.0.1", 5001)
    socket.send_fds(one, [b"x"], [s.fileno()])
    s.close()
    says(why("127.0.0.1:5001"), "sent through Unix sockets and not received yet, one to process")
    two.close()
    ring = C.syscall(425, 4, (ctypes.c_ubyte * 120)())
    if ring >= 0:
        s = listener("127.0.0.1", 5004, (P,))
        C.syscall(427, ring, 2, (ctypes.c_int * 1)(s.fileno()), 1)
        s.close()
        with open("/proc/self/fdinfo/%d" % ring) as file:
            named = "socket:[" in file.read()
        said = why("127.0.0.1:5004")
        if named:
            says(said, "options of 1 socket: a registered file of an io_uring, and no descriptor for it can be borrowed")
            silent(said, "not permitted")
        else:
            says(said, "registered files that this kernel does not name: it may be one of them")


def closed_mptcp():
    try:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    except OSError:
        raise Skipped("no MPTCP")
    server.setsockopt(socket.SOL_SOCKET, A, 1)
    server.bind(("127.0.0.1", 5020))
    server.listen()
    c = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    c.connect(("127.0.0.1", 5020))
    a = server.accept()[0]
    says(why("127.0.0.1:5020"), "kill %d" % os.getpid())
    a.close()
    server.close()
    time.sleep(0.2)
    said = why("127.0.0.1:5020")
    says(said, "an orphan in FIN_WAIT2, 127.0.0.1:5020 -> ", "which its process has closed", "- wait ", "end the closed MPTCP connection, as root, if this")
    silent(said, "the kernel's own", "has the connection")
    words = [line for line in said.splitlines() if "ss -K" in line]
    if words and sh(words[0][words[0].index("ss -K"):]).stdout.strip().count("\n"):
        equal(take("127.0.0.1", 5020), "ok", "after ss -K")
    c.close()


def accept_under_way():
    code = """
import os, socket, threading, time
s = socket.socket(); s.bind(("127.0.0.1", 5017)); s.listen()
started = threading.Event()
def other():
    started.set()
    s.accept()
threading.Thread(target=other, daemon=True).start()
started.wait()
for _ in range(2000):
    if any("inet_csk_accept" in open("/proc/self/task/%s/wchan" % t).read() for t in os.listdir("/proc/self/task")):
        break
    time.sleep(0.005)
os.close(s.fileno())
print(flush=True)
input()
"""
    p = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    says(why("127.0.0.1:5017", "-v"), "1 thread, one of process %d, waits in accept on a descriptor that was closed meanwhile" % p.pid)
    p.kill()
    p.wait()


def all_processes_seen():
    if os.readlink("/proc/self/ns/pid") != "pid:[4026531836]":  # the first one's number (Linux: PROC_PID_INIT_INO)
        raise Skipped("a PID namespace of its own: who has a socket may be outside")


def a_tunnel():
    all_processes_seen()
    if sh("ip link add x0 type vxlan id 5 dstport 4789 local 127.0.0.1 && ip link set x0 up").returncode:
        raise Skipped("no vxlan")
    says(why("4789/udp", "-v"), "the kernel's own (such as VXLAN, WireGuard, NFS; 'ip -d link' shows tunnels)")
    sh("ip link del x0")
    says(why("4789/udp"), "is free")


def an_endpoint():
    all_processes_seen()
    if sh("ip mptcp endpoint add 127.0.0.1 id 1 port 5031 signal").returncode:
        raise Skipped("no MPTCP endpoints")
    says(why("127.0.0.1:5031", "-v"), "the kernel's own (such as NFS, lockd, an MPTCP endpoint)")
    sh("ip mptcp endpoint flush")
    says(why("127.0.0.1:5031"), "is free")


def confined():
    """What forbids bind without a word of the port."""
    C.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    ruleset = C.syscall(444, struct.pack("QQ", 0, 1), 16, 0)
    if ruleset >= 0 and C.syscall(446, ruleset, 0) == 0:
        says(why("8080"), "tried: TCP may not bind to it here, UDP may: a sandbox, such as Landlock",
             "run it outside of this sandbox; another user does not help, and another port only where the sandbox allows it")


def landlocked(*ports):
    """From here on this process binds to those TCP ports alone."""
    C.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    ruleset = C.syscall(444, struct.pack("QQ", 0, 1), 16, 0)
    if ruleset < 0:
        raise Skipped("no Landlock")
    for port in ports:
        C.syscall(445, ruleset, 2, struct.pack("QQ", 1, port), 0)
    if C.syscall(446, ruleset, 0):
        raise Skipped("no Landlock for bind")


def confined_to_some_ports():
    s = listener("0.0.0.0", 8080)
    landlocked(80, 9090)
    said = why("8080")
    says(said, "tried: TCP may not bind to it here, UDP may", "it is in use as well", "stop what has it: kill %d; that alone is not enough" % os.getpid())
    says(why("9090"), "TCP port 9090 is free")
    said = why("81", pre=USER)
    says(said, "ip_unprivileged_port_start, 1024; tried: TCP may not bind to it here", "one of these is not enough: both reasons must be removed")
    silent(said, "run as root")
    silent(why("80", pre=USER), "sandbox")
    says(why("EACCES", "bind"), "tried: TCP may not bind to port 0 here")
    s.close()


def two_reasons():
    said = why("192.0.2.7:80", pre=USER)
    says(said, "no interface has 192.0.2.7; below net.ipv4.ip_unprivileged_port_start, 1024)", "IP_FREEBIND", "setcap",
         "one of these is not enough: both reasons must be removed")
    said = why("[2001:db8::7]:80", pre=USER)
    says(said, "ip_unprivileged_port_start, 1024; no interface has 2001:db8::7)")
    silent(said, "run as root")
    s = made("192.0.2.7")
    s.setsockopt(0, 15, 1)  # IP_FREEBIND
    s.bind(("192.0.2.7", 8088))
    says(why("192.0.2.7:8088"), "stop what has it: kill %d; that alone is not enough" % os.getpid())
    s.close()


def loopback_down():
    if C.unshare(0x40000000):
        raise Skipped("no network namespace")
    says(why("[::1]:8080"), "the loopback (lo) is down, and has no ::1", "bring the loopback up, as root: ip link set lo up")
    silent(why("127.0.0.1:80", pre=USER), "sandbox")
    says(other("connect", "0.0.0.0", "0", "127.0.0.1", "80", "-c1"), "the loopback (lo) is down: ip link set lo up")
    sh("ip link set lo up")
    says(why("[::1]:8080"), "is free")


def addresses_of_a_link():
    pair_of_interfaces()
    sh("ip -6 addr flush dev d0; ip -6 addr add fe80::7/64 dev d0 nodad")
    says(why("[fe80::7]:8080"), "a link-local address needs its interface: fe80::7%d0", "write it with its interface: [fe80::7%d0]:8080")
    says(why("[fe80::7%d1]:8080"), "the address is on d0, not on that interface", "write it with its interface: [fe80::7%d0]:8080")
    says(why("[fe80::7%d0]:8080"), "is free")
    s = made("::", (P,))
    s.bind(("fe80::7", 8080, 0, socket.if_nametoindex("d0")))
    s.listen()
    silent(why("[fe80::7%d0]:8080"), "SO_BINDTODEVICE)", "bound to an interface")
    says(why("[fe80::7%d0]:8080"), "the kernel deals new connections out between the two")
    t = made("::", device=b"d1")
    try:
        t.bind(("fe80::7", 8080, 0, socket.if_nametoindex("d0")))
        faults.append("an interface other than its own lets one have it")
    except OSError:
        pass
    s.close()
    s = listener("::", 8081, device=b"d1")
    says(why("--no-bind", "[fe80::7%d0]:8081"), "is free")
    says(why("[fe80::7%d0]:8081"), "is free")
    s.close()


def what_refuses_on_this_machine():
    pair_of_interfaces()
    for kind in "blackhole", "prohibit", "unreachable":
        if sh("ip route add %s 198.51.100.%d/32" % (kind, len(kind))).returncode:
            raise Skipped("no routes of these types")
        says(other("connect", "0.0.0.0", "0", "198.51.100.%d" % len(kind), "80", "-c1"), "this machine's route to 198.51.100.%d is of type %s" % (len(kind), kind))
    kept = [listener("127.0.0.1", port) for port in (81, 82, 83)]
    if sh("nft add table inet f && nft add chain inet f o '{ type filter hook output priority 0; }' && nft add rule inet f o tcp dport 81 drop && "
          "nft add rule inet f o tcp dport 82 reject with tcp reset && nft add rule inet f o tcp dport 83 reject with icmpx admin-prohibited").returncode:
        raise Skipped("no nft")
    for port, what in (81, "a listener is there: a firewall rule of this machine drops it; as root 'nft list ruleset' or 'iptables -S' shows it (inferred)"), (82, "a listener is there: a firewall rule of this machine rejects it"), \
            (83, "the destination is this machine: a firewall rule of this machine rejects it"):
        says(other("connect", "127.0.0.1", "0", "127.0.0.1", str(port), "-c1", "-W", "1"), what)
    says(other("connect", "0.0.0.0", "0", "127.0.0.1", "81", "-c1", "-W", "0.5", pre=USER), "a firewall rule of this machine drops it, or IPAddressDeny= of its unit")
    for s in kept:
        s.close()


def marks_taken_back():
    """What a bind leaves is taken back at an address that needs no interface; where there is none, no bind is made that leaves some."""
    def both():
        os.setgid(65534)
        os.setuid(65534)
        return listener("0.0.0.0", 8002, (A,)), listener("::", 8002, (P,), v6only=1)
    def one():
        os.setgid(65534)
        os.setuid(65534)
        return listener("0.0.0.0", 8001, (A,)), listener("::1", 8001, (P,))
    child(one)
    child(both)
    for port in 8001, 8002:
        first = [line for line in why("[::]:%d" % port, "-v", pre=USER).splitlines() if " - " in line]
        again = [line for line in why("[::]:%d" % port, "-v", pre=USER).splitlines() if " - " in line]
        equal(again, first, "asked again")


def refused_call(number, argument, error=errno.EPERM):
    """A filter of seccomp(2) that refuses one system call, with that first argument (None: any)."""
    if os.uname().machine != "x86_64":
        raise Skipped("numbers of system calls not known")
    code = [(0x20, 0, 0, 0), (0x15, 0, 1 if argument is None else 3, number)]
    if argument is not None:
        code += [(0x20, 0, 0, 16), (0x15, 0, 1, argument)]
    code += [(6, 0, 0, 0x50000 | error), (6, 0, 0, 0x7FFF0000)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    C.prctl(38, 1, 0, 0, 0)
    if C.prctl(22, 2, struct.pack("HxxxxxxQ", len(code), ctypes.addressof(program)), 0, 0):
        raise Skipped("no seccomp filter")


def families_filtered():
    refused_call(41, V6, errno.EAFNOSUPPORT)
    said = why("[::1]:8080")
    says(said, "socket says EAFNOSUPPORT (tried: a socket of IPv6 is refused, which this kernel has; this process has a seccomp filter)", "run it outside of this sandbox")
    says(why("EAFNOSUPPORT", "socket"), "holds here: a seccomp filter forbids that family", "does not hold here: this kernel has no IPv6")
    says(why("127.0.0.1:8080"), "is free")
    refused_call(41, socket.AF_INET, errno.EAFNOSUPPORT)
    says(why("127.0.0.1:8080"), "socket says EAFNOSUPPORT (tried: a socket of IPv4 is refused")


def bind_filtered():
    refused_call(49, None)
    says(why("8080"), "bind says EPERM", "this process has a seccomp filter")
    says(why("--no-bind", "8080"), "TCP port 8080 is free (inferred)\n")


def bind_denied():
    refused_call(49, None, errno.EACCES)
    says(why("8080"), "tried: neither TCP nor UDP may bind to any port here: a sandbox, and this process has a seccomp filter")


def borrowing_filtered():
    s = listener("127.0.0.1", 8080)
    refused_call(438, None)
    says(why("127.0.0.1:8080"), "options of 1 socket: pidfd_getfd was not permitted (it needs the same user or CAP_SYS_PTRACE")
    s.close()


def listing_filtered():
    s = made("127.0.0.1")
    s.bind(("127.0.0.1", 8080))
    refused_call(41, socket.AF_NETLINK)
    says(why("127.0.0.1:8080"), "has bound 127.0.0.1:8080 only")
    says(why("127.0.0.1:8080", pre=USER), "is in use by a socket that cannot be seen",
         "sockets that are only bound: the kernel could not be asked (EPERM)")


def descriptors_of_other_networks():
    def work():
        own_network()
        return listener("127.0.0.1", 8082)
    child(work)
    s = made("127.0.0.1")
    s.bind(("127.0.0.1", 8083))
    refused_call(41, socket.AF_NETLINK)
    for pre in (), ("setpriv", "--bounding-set", "-net_admin"):
        silent(why("8082", pre=pre), "BOUND", "has bound")
        says(why("8083", pre=pre), "has bound 127.0.0.1:8083 only")
    s.close()


def netlink_denied():
    s = listener("127.0.0.1", 8080)
    b = made("127.0.0.1")
    b.bind(("127.0.0.1", 8081))
    refused_call(41, socket.AF_NETLINK, errno.EAFNOSUPPORT)
    says(why("127.0.0.1:8080"), "stop what has it: kill %d (inferred)" % os.getpid(), "0 waiting, limit not told")
    c = connection("127.0.0.1", 8080)
    s.accept()[0].close()
    c.close()
    s.close()
    until(lambda: "is in TIME_WAIT" in why("-q", "127.0.0.1:8080"))
    says(why("127.0.0.1:8080"), "s or a little more: then it is free without any option (inferred)\n")
    said = why("127.0.0.1:8081", pre=USER)
    says(said, "the kernel could not be asked (EAFNOSUPPORT); this process has a seccomp filter, such as RestrictAddressFamilies= makes it")
    silent(said, "modprobe")
    s.close()


def sets_of_options():
    bound = made("127.0.0.1", (A,))
    bound.bind(("127.0.0.1", 6007))
    listens = listener("127.0.0.2", 6007, (P,))
    says(why("0.0.0.0:6007"), "SO_REUSEADDR and SO_REUSEPORT on your socket")
    bound.close()
    listens.close()
    sh("ip -6 addr add fd00::1/128 dev lo nodad")
    four = listener("0.0.0.0", 6008)
    six = made("::1", (A,))
    six.bind(("::1", 6008))
    says(why("[::]:6008"), "IPV6_V6ONLY and SO_REUSEADDR on your socket")
    more = listener("fd00::1", 6008, (P,))
    says(why("[::]:6008"), "IPV6_V6ONLY, SO_REUSEADDR and SO_REUSEPORT on your socket")
    six.close()
    says(why("[::]:6008"), "IPV6_V6ONLY and SO_REUSEPORT on your socket")
    four.close()
    more.close()


def an_orphan():
    server = made("127.0.0.1")
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    server.bind(("127.0.0.1", 3120))
    server.listen()
    c = made("127.0.0.1")
    c.bind(("127.0.0.1", 3121))
    c.connect(("127.0.0.1", 3120))
    peer = server.accept()[0]
    c.setblocking(False)
    try:
        while True:
            c.send(bytes(65536))
    except BlockingIOError:
        pass
    c.close()
    time.sleep(0.3)
    says(why("127.0.0.1:3121"), "an orphan in FIN_WAIT1", "which its process has closed")
    peer.close()
    time.sleep(0.2)
    equal(take("127.0.0.1", 3121), "ok", "the other end gone")


def processes_hidden():
    def work():
        os.setgid(65533)
        os.setuid(65533)
        s = listener("127.0.0.1", 8081)
        C.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE
        return s
    child(work)
    container = ("setpriv", "--bounding-set", "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+net_bind_service")
    says(why("127.0.0.1:8081", pre=container), "may be read with CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE), or as")
    if C.unshare(0x20000):
        raise Skipped("no mount namespace")
    C.mount(b"none", b"/", None, 0x44000, None)
    def own():
        os.setgid(65534)
        os.setuid(65534)
        return listener("127.0.0.1", 8082)  # and not dumpable since
    child(own)
    for hidden in b"hidepid=2", b"hidepid=1", b"hidepid=2,gid=65534":
        if C.mount(b"proc", b"/proc", b"proc", 0, hidden):
            raise Skipped("cannot mount /proc")
        said = why("127.0.0.1:8081", pre=USER)
        if b"gid" in hidden:
            says(said, "another user's, or the kernel's own; root sees which: sudo")
        else:
            says(said, "another user's, and /proc hides their processes (hidepid); root sees them: sudo")
            says(why("127.0.0.1:8082", pre=USER), "of a process that others may not inspect (not dumpable), and /proc hides it (hidepid); root sees it: sudo")
            silent(said, "or the kernel's own")
            says(why("127.0.0.1:8081", pre=container), "/proc hides processes here (hidepid); CAP_SYS_PTRACE shows them")
        silent(said, "EPERM")


def a_parent_that_starts_it_again():
    server = "import socket, time; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind((\"127.0.0.1\", 7030)); s.listen(); time.sleep(60)"
    master = subprocess.Popen(["sh", "-c", "for n in 1 2 3 4; do %s -c '%s'; sleep 0.1; done" % (sys.executable, server)], start_new_session=True)
    born.append(master.pid)
    until(lambda: take("127.0.0.1", 7030, (A,)) != "ok")
    said = why("127.0.0.1:7030")
    says(said, "its parent, sh[%d], may start " % master.pid, "if so, stop that first: kill %d (inferred)" % master.pid)
    kill = said.split("stop what has it: ")[1].split("\n")[0]
    sh(kill)
    until(lambda: why("-q", "127.0.0.1:7030") != said.split("\n")[0] + "\n" and take("127.0.0.1", 7030, (A,)) != "ok")
    said = why("127.0.0.1:7030")
    master.kill()
    master.wait()
    born.remove(master.pid)
    sh(said.split("stop what has it: ")[1].split("\n")[0])
    until(lambda: take("127.0.0.1", 7030, (A,)) == "ok")


def twenty_workers():
    def work():
        s = listener("127.0.0.1", 7031, (A,))
        for _ in range(20):
            if os.fork() == 0:
                C.prctl(1, 9)
                signal.pause()
        return s
    master = child(work)
    until(lambda: " and 17 more of root listens" in why("-q", "127.0.0.1:7031"))
    said = why("127.0.0.1:7031")
    says(said, "stop what has it: kill %d " % master)
    silent(said, "its parent")
    sh(said.split("stop what has it: ")[1].split("\n")[0])  # may find workers gone, for they end with the first
    os.waitpid(master, 0)
    born.remove(master)
    until(lambda: take("127.0.0.1", 7031, (A,)) == "ok")


def a_worker_of_another_user_than_its_master():
    def drop():
        os.setgid(65534)
        os.setuid(65534)
        C.prctl(4, 1)  # PR_SET_DUMPABLE: exec does that
    def work():
        s = listener("127.0.0.1", 7032, (A,))
        if os.fork() == 0:
            drop()
            C.prctl(1, 9)
            signal.pause()
        return s
    master = child(work)
    until(lambda: "python3[" in why("127.0.0.1:7032", pre=USER))
    said = why("127.0.0.1:7032", pre=USER)
    says(said, "further processes of 1 socket that another user opened, if any; root sees which: sudo")
    silent(said, "stop what has it")
    said = why("127.0.0.1:7032")
    says(said, "stop what has it: kill %d " % master, "[%d] of root and python3[" % master, "] of nobody listens on 127.0.0.1:7032")
    sh(said.split("stop what has it: ")[1].split("\n")[0])


def opened_by_another_user_asked_by_a_root_who_sees_not_all():
    container = ("setpriv", "--bounding-set", "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+net_bind_service")
    code = ("import ctypes, os, socket; os.seteuid(65534); s = socket.socket(); os.seteuid(0); ctypes.CDLL(None).prctl(4, 1); "
            "s.bind(('127.0.0.1', 7056)); s.listen(); print(flush=True); input()")
    p = subprocess.Popen([*container, sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdout.readline()
    said = why("127.0.0.1:7056", pre=container)
    says(said, "[%d] of root listens" % p.pid, "further processes of 1 socket that another user opened, if any: ", " may not be looked at from here")
    silent(said, "sudo")
    p.kill()
    p.wait()


def suspended_servers():
    pids = [child(lambda: listener("127.0.0.1", 7035, (P,))) for _ in range(3)]
    for pid in pids[1:]:
        os.kill(pid, signal.SIGSTOP)
    until(lambda: all(open("/proc/%d/stat" % pid).read().split()[2] == "T" for pid in pids[1:]))
    said = why("127.0.0.1:7035")
    first, second = pids[1], pids[2]  # as the kernel lists them, by a hash of its own
    if "kill -KILL %d %d" % (second, first) in said:
        first, second = second, first
    says(said, "stop what has it, all of it: kill %d; kill -KILL %d %d\n" % (pids[0], first, second),
         " and 1 more are suspended (ctrl-z), an ordinary kill has no effect yet: fg in their shells, "
         "kill -CONT %d %d, or kill -KILL %d %d" % (first, second, first, second))
    end(pids[0])
    says(why("127.0.0.1:7035"), "or kill -KILL %d %d\n" % (first, second))
    end(pids[2])
    silent(why("127.0.0.1:7035"), "stop what has it")
    says(why("127.0.0.1:7035"), "is suspended (ctrl-z), an ordinary kill has no effect yet: fg in its shell, kill -CONT %d, or" % pids[1])
    equal(take("127.0.0.1", 7035), "EADDRINUSE", "before it is killed too")
    end(pids[1])
    equal(take("127.0.0.1", 7035), "ok", "after")


def many_suspended():
    pids = [child(lambda: listener("127.0.0.1", 7039, (P,))) for _ in range(60)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    until(lambda: all(open("/proc/%d/stat" % pid).read().split()[2] == "T" for pid in pids))
    said = why("127.0.0.1:7039")
    says(said, "fg in their shells, or kill -KILL ")
    told = said.split("fg in their shells, or kill -KILL ")[-1].split("\n")[0].split()
    equal(sorted(told), sorted(map(str, pids)), "whom to kill")
    for pid in pids:
        end(pid)
    equal(take("127.0.0.1", 7039), "ok", "after")


def more_commands_than_a_line_holds():
    code = """
import ctypes, os, socket, subprocess, sys
ctypes.CDLL(None).prctl(15, b"supervisord", 0, 0, 0)
serve = "import socket, sys; s = socket.socket(); s.setsockopt(1, 15, 1); s.bind(('127.0.0.1', 7040)); s.listen(); print(flush=True); sys.stdin.read()"
for i in range(12):
    one = subprocess.Popen([sys.executable, "-c", serve], stdin=0, stdout=subprocess.PIPE,
                           env={"SUPERVISOR_PROCESS_NAME": "%02d" % i + 40 * "x", "SUPERVISOR_GROUP_NAME": "group"})
    one.stdout.readline()
print(flush=True)
sys.stdin.read()
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    supervisor.stdout.readline()
    says(why("127.0.0.1:7040"), "stop what has it, all of it, with the commands that 'reuse why --json' lists: too many for one line")
    stops = [event["stop"] for event in map(json.loads, why("--json", "127.0.0.1:7040").splitlines()) if event["event"] == "answer"][0]
    equal(sum(stop["command"].count(" group:") for stop in stops), 12, "services named")
    supervisor.stdin.close()
    supervisor.wait()
    until(lambda: take("127.0.0.1", 7040) == "ok")


def stopped_by_a_debugger():
    attach, detach = 16, 17  # ptrace(2)
    pid = child(lambda: listener("127.0.0.1", 7038))
    if C.ptrace(attach, pid, None, None):
        raise Skipped("no ptrace")
    os.waitpid(pid, 0)
    says(why("127.0.0.1:7038"), "is stopped by a debugger, an ordinary kill has no effect until the debugger lets it continue: kill -KILL %d\n" % pid)
    C.ptrace(detach, pid, None, None)
    end(pid)
    equal(take("127.0.0.1", 7038), "ok", "after")


def the_other_end_out_of_reach():
    s = listener("127.0.0.1", 7039)
    c = connection("127.0.0.1", 7039)
    a = s.accept()[0]
    sh("ip link set lo down")
    a.close()
    s.close()
    said = why("127.0.0.1:7039")
    says(said, "an orphan in FIN_WAIT1, 127.0.0.1:7039 -> ", " s at most: then it is free without any option; where the other end takes all before, "
         "it may stay closed for 60 s from then on (inferred)")
    silent(said, "receive window")
    wait = int(said.split("- wait ")[1].split()[0])
    if not 100 <= wait <= 140:  # 511 times the 0.2 s of a loopback, late by an eighth
        faults.append("the kernel gives it up after 105 s or little more, not %d" % wait)
    tune("net.ipv4.tcp_orphan_retries", 3)
    says(why("127.0.0.1:7039"), "- wait until the other end has closed too, or the kernel gives up (inferred)")
    c.close()


def mounts_of_its_own():
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        raise Skipped("no mount namespace: the root here is no mount")


def the_first_process():
    mounts_of_its_own()
    inside = """import ctypes, socket, subprocess, sys
ctypes.CDLL(None).prctl(15, b"systemd")
s = socket.create_server(("127.0.0.1", 7040))
subprocess.run([sys.argv[1], "why", "127.0.0.1:7040"])"""
    said = heard(subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-c", inside, reuse],
                                capture_output=True, text=True, timeout=30))
    says(said, "systemd[1] is process 1: as a service manager it has the port for a socket unit, which 'systemctl list-sockets' names")
    silent(said, "kill 1")


def no_proc():
    mounts_of_its_own()
    s = listener("127.0.0.1", 7041)
    says(heard(subprocess.run(["unshare", "--mount", "sh", "-c", 'while umount -l /proc 2>/dev/null; do :; done; exec "$0" why 127.0.0.1:7041', reuse], capture_output=True,
                              text=True, timeout=30)), "/proc is not mounted here; 'mount -t proc proc /proc', as root, shows them")
    s.close()


def no_settings():
    """A /proc of processes alone, as ProcSubset=pid makes it, where the first port for everybody is another."""
    mounts_of_its_own()
    tune("net.ipv4.ip_unprivileged_port_start", 9000)
    if C.unshare(0x20000) or C.mount(b"none", b"/", None, 0x44000, None) or C.mount(b"proc", b"/proc", b"proc", 0, b"subset=pid"):
        raise Skipped("no /proc of processes alone")
    for port in 80, 8080:
        said = why(str(port), pre=USER)
        says(said, "bind says EACCES (Permission denied)",
             "possible: the port is below the first one that everybody may bind; net.ipv4.ip_unprivileged_port_start cannot be read here")
        silent(said, "1024)", "a sandbox or a security module")
    silent(why("EACCES", "bind", pre=USER), "1024 is the first port")
    says(why("80"), "TCP port 80 is free")


def a_name_with_one_address_twice():
    mounts_of_its_own()
    if C.unshare(0x20000) or C.mount(b"none", b"/", None, 0x44000, None):
        raise Skipped("no mount namespace")
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write("127.0.0.1 twice\n127.0.0.2 twice\n127.0.0.1 twice\n")
        hosts.flush()
        os.chmod(hosts.name, 0o644)
        if C.mount(hosts.name.encode(), b"/etc/hosts", None, 4096, None):
            raise Skipped("no mount over /etc/hosts")
        equal(why("-q", "twice:8080"), "TCP 127.0.0.1:8080 is free\nTCP 127.0.0.2:8080 is free\n", "a report of each")


def two_processes_two_families():
    one = child(lambda: listener("0.0.0.0", 7036))
    other_one = child(lambda: listener("::", 7036, v6only=1))
    said = why("7036")
    says(said, "if python3[%d] and python3[%d] had SO_REUSEPORT set too" % (one, other_one))
    equal(said.count("had SO_REUSEPORT set too"), 1, "how often that is said")


def of_two_listeners_who_shares_is_not_asked_to():
    child(lambda: listener("127.0.0.1", 7058, [P]))
    alone = child(lambda: listener("127.0.0.2", 7058))
    says(why("7058"), "- if python3[%d] had SO_REUSEPORT set too" % alone)


def under_way():
    pair_of_interfaces()
    sh("ip neigh add 10.5.0.2 lladdr 02:00:00:00:00:01 dev d0")
    s = made("10.5.0.1")
    s.bind(("10.5.0.1", 7037))
    s.setblocking(False)
    s.connect_ex(("10.5.0.2", 80))
    says(why("10.5.0.1:7037"), " is connecting 10.5.0.1:7037 -> 10.5.0.2:80")
    s.close()


def a_server_of_many_services():
    def inetd():
        C.prctl(15, b"inetd")
        return listener("127.0.0.1", 7033)
    pid = child(inetd)
    says(why("127.0.0.1:7033"), "inetd[%d] has it for a service in its configuration: once that is removed there, this frees that port alone: "
         "kill -HUP %d (inferred)" % (pid, pid))


def a_supervisor_known_by_its_name():
    def runsv():
        C.prctl(15, b"runsv")  # PR_SET_NAME
        return child(lambda: listener("127.0.0.1", 7037))
    child(runsv)
    says(why("127.0.0.1:7037"), "stop what has it: sv stop ", " (inferred)\n")


def full_queues():
    def work():
        for _ in range(8):
            kept.append(listener("127.0.0.1", 7034, (P,), backlog=1))
        for _ in range(4):
            kept.append(made("127.0.0.1"))
            kept[-1].setblocking(False)
            kept[-1].connect_ex(("127.0.0.1", 7034))
    child(work)
    said = why("127.0.0.1:7034")
    says(said, " not accepted yet", "and 4 more accept queues")
    silent(said.split("accept queue of")[1], ": 0 waiting")
    equal(why("-v", "127.0.0.1:7034").count("accept queue of"), 8, "queues told with -v")
    five = [listener("127.0.0.1", 7036, (P,)) for _ in range(5)]
    says(why("127.0.0.1:7036"), "and 1 more accept queue\n")
    for s in five:
        s.close()


def errnos():
    says(why("EMFILE", "socket"), "here a process may have")


def nothing_bound():
    says(why("--no-bind", "0"), "may be free or not: no holder was seen, and nothing was tried")
    s = listener("127.0.0.1", 4444)
    says(why("--no-bind", "80", pre=USER), "TCP port 80 is refused to you: bind says EACCES", "1024)\n")
    says(why("--no-bind", "192.0.2.1:80"), "is refused to you: bind says EADDRNOTAVAIL (no interface has 192.0.2.1)")
    says(why("--no-bind", "[2001:db8::1]:80", pre=USER), "is refused to you: bind says EACCES")
    says(why("--no-bind", "[fe80::1]:8080"), "is refused to you: bind says EINVAL")
    says(why("--no-bind", "8080"), "TCP port 8080 is free")
    says(why("--no-bind", "127.0.0.1:4444"), "or take another port or address (none was tried)")
    s.close()


def port_zero_allowed_alone():
    landlocked(0, 8081)
    says(why("EACCES", "bind"), "holds here: a Landlock sandbox", "tried: TCP may not bind to port 1 here, UDP may: a sandbox, such as Landlock")


def ports_of_no_sandbox():
    says(why("EACCES", "bind"), "does not hold here: a Landlock sandbox", "tried: bind to port 0, 1, 4000, 32768 and 65535 does not say EACCES")


def connect_landlocked():
    s = listener("127.0.0.1", 8080)
    C.prctl(38, 1, 0, 0, 0)
    ruleset = C.syscall(444, struct.pack("QQ", 0, 2), 16, 0)  # LANDLOCK_ACCESS_NET_CONNECT_TCP
    if ruleset < 0 or C.syscall(446, ruleset, 0):
        raise Skipped("no Landlock for connect")
    says(other("connect", "0.0.0.0", "0", "127.0.0.1", "8080", "-c1"), "tried: TCP may not connect to it here, UDP may: a sandbox, such as Landlock")
    says(why("EACCES", "connect"), "holds here: a Landlock sandbox")
    s.close()


def in_use_by_nobody():
    """As WSL answers for a port that Windows has."""
    refused_call(49, None, errno.EADDRINUSE)
    for pre in (), USER:
        said = why("8080", pre=pre)
        says(said, "TCP port 8080 is refused to you: bind says EADDRINUSE (tried: neither TCP nor UDP may bind to any port here: a sandbox, and this process has a seccomp filter)",
             "run it outside of this sandbox", "up to port 8092 none is free to you", "V EADDRINUSE*, VA ?")
        silent(said, "lets you have", "SO_BINDTODEVICE", "none was tried")
    silent(why("0"), "are taken", "IP_BIND_ADDRESS_NO_PORT")
    says(why("EADDRINUSE", "bind"), "holds here: no socket has it, and a sandbox answers so", "does not hold here: with port 0")
    says(other("listen", "8080"), "neither TCP nor UDP may bind to any port here: a sandbox")


def a_right_that_is_nowhere():
    """Advice of privileges that this process cannot get."""
    said = why("80", pre=("setpriv", "--bounding-set=-net_bind_service", *USER))
    says(said, "CAP_NET_BIND_SERVICE is not available here, even to root")
    silent(said, "run as root")
    said = why("80", pre=("setpriv", "--no-new-privs", *USER))
    says(said, "run as root, started from elsewhere: no_new_privs is set here, sudo has no effect",
         "setcap cap_net_bind_service+ep PROGRAM, but none that is started from here (no_new_privs is set)")


def a_check_that_waits():
    """An address whose check for a twin does not begin by itself."""
    pair_of_interfaces()
    sh("ip link set d0 down; ip -6 addr add 2001:db8::9/64 dev d0")
    says(why("[2001:db8::9]:8080"), "d0 is down, and the check begins once it is up: ip link set d0 up")
    says(why("EADDRNOTAVAIL", "bind"), "holds here: the IPv6 address is new", "still tentative")
    sh("ip link set d1 down; ip link set d0 up")
    says(why("[2001:db8::9]:8080"), "d0 has no carrier, and the check begins once it has")
    sh("ip link set d1 up")
    until(lambda: "is free" in why("-q", "[2001:db8::9]:8080"))


def addresses_of_no_interface():
    """What bind takes all the same: broadcast, and what a route makes local."""
    pair_of_interfaces()
    sh("ip route add local 192.0.2.0/24 dev lo")
    for word in "10.5.0.255:8080", "255.255.255.255:8080", "192.0.2.7:8080", "224.0.0.1:8080":
        for option in (), ("--no-bind",):
            says(why(*option, word), "TCP %s is free" % word)
    says(why("--no-bind", "10.5.0.0:8080"), "no interface has 10.5.0.0")
    says(why("--no-bind", "198.51.100.1:8080"), "no interface has 198.51.100.1")


def addresses_for_documentation():
    """A laboratory may have them all the same: then they show nothing of a sandbox."""
    sh("ip addr add 192.0.2.1/32 dev lo; ip route add local 198.51.100.0/24 dev lo")
    tune("net.ipv4.ip_local_port_range", "40000 40001")
    held = [listener("0.0.0.0", port) for port in (40000, 40001)]
    for word in "127.0.0.1:0", "192.0.2.1:0":
        said = why(word)
        says(said, "bind says EADDRINUSE (all ports of the range that the kernel picks from, 40000 to 40001, are taken)")
        silent(said, "possible: ")
    says(why("EADDRINUSE", "bind"), "tried: bind 203.0.113.1:0 EADDRNOTAVAIL")
    says(why("EADDRNOTAVAIL", "bind"), "tried: bind 203.0.113.1:0 EADDRNOTAVAIL")
    for s in held:
        s.close()


def a_proc_of_others():
    """In a PID namespace, with the /proc of the one around it: its numbers are not those of kill."""
    s = listener("127.0.0.1", 8080)
    said = why("127.0.0.1:8080", pre=("unshare", "--pid", "--fork"))
    says(said, "python3[%d] is to be stopped in the PID namespace that /proc is of" % os.getpid(), "options of 1 socket: /proc is of another PID namespace")
    silent(said, "kill %d" % os.getpid(), "pidfd_getfd")
    says(why("--json", "127.0.0.1:8080", pre=("unshare", "--pid", "--fork")), '"stop":[]')
    s.close()
    for name in b"inetd", b"autossh":
        def named():
            C.prctl(15, name)
            if name == b"inetd":
                return listener("127.0.0.1", 8081)
            def ssh():
                C.prctl(15, b"ssh")
                return listener("127.0.0.1", 8081)
            return child(ssh)
        pid = child(named)
        until(lambda: "in use" in why("-q", "127.0.0.1:8081"))
        says(why("127.0.0.1:8081"), "kill ", "%d" % pid)
        said = why("127.0.0.1:8081", pre=("unshare", "--pid", "--fork"))
        says(said, "is to be stopped in the PID namespace that /proc is of")
        silent(said, "kill -HUP", "kill %d" % pid)
        end(pid)


def bpf(command, attributes):
    done = C.syscall(321, command, ctypes.create_string_buffer(attributes, 144), 144)
    if done < 0:
        raise Skipped("no BPF program: " + os.strerror(ctypes.get_errno()))
    return done


def line(code, to=0, of=0, offset=0, value=0):
    return struct.pack("<BBhi", code, of << 4 | to, offset, value)


def answer(value):
    return line(0xB7, 0, value=value) + line(0x95)


def refuse_port(port):
    return line(0x61, 2, 1, 24) + line(0xB7) + line(0x15, 2, 0, 1, socket.htons(port)) + answer(1)


def say_errno(error):
    return line(0xB7, 1, value=-error) + line(0x85, value=187) + answer(0)  # bpf_set_retval


def say_errno_of_port(error, port):
    return line(0x61, 2, 1, 24) + line(0x55, 2, 0, 4, socket.htons(port)) + say_errno(error) + answer(1)


def to_port(port):
    return line(0xB7, 2, value=socket.htons(port)) + line(0x63, 1, 2, 24) + answer(1)


class Group:
    """A control group with BPF programs (type, hook, code), for this process and what it starts."""

    def __init__(self, *programs):
        mounts = [words.split() for words in open("/proc/self/mountinfo")]
        top = next((words[4] for words in mounts if words[words.index("-") + 1] == "cgroup2"), None)
        if not top or os.uname().machine != "x86_64":
            raise Skipped("no cgroup2, or numbers of system calls not known")
        self.home = top + next(words.rstrip("\n")[3:] for words in open("/proc/self/cgroup") if words.startswith("0::"))
        self.path = "%s/reuse-test-%d" % (self.home, os.getpid())
        self.programs = programs

    def enter(self, path):
        with open(path + "/cgroup.procs", "w") as file:
            file.write(str(os.getpid()))

    def __enter__(self):
        try:
            os.mkdir(self.path)
            self.enter(self.path)
        except OSError as error:
            raise Skipped("no control group: %s" % error)
        at = os.open(self.path, os.O_RDONLY)
        for kind, hook, code in self.programs:
            text, licence = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
            made = bpf(5, struct.pack("<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(text), ctypes.addressof(licence), 0, 0, 0, 0, 0, b"t", 0, hook))
            bpf(8, struct.pack("<IIII", at, made, hook, 2))
        os.close(at)

    def __exit__(self, *error):
        self.enter(self.home)
        os.rmdir(self.path)


SOCK, SKB, ADDR = 9, 8, 18  # BPF_PROG_TYPE_CGROUP_*


def programs_on_bind():
    with Group((ADDR, 8, refuse_port(8080)), (ADDR, 9, refuse_port(8080))):
        for word in "8080", "8080/udp", "[::1]:8080":
            says(why(word), "bind says EPERM (this control group has a BPF program on bind)", "run it outside of this control group; where it is a unit's, its SocketBindDeny=")
        says(why("8080", pre=USER), "possible: a BPF program of the control group forbids it, as systemd's SocketBindDeny= does")
        says(why("8081"), "is free")
    with Group((ADDR, 8, answer(0)), (ADDR, 9, answer(0))):
        says(why("EPERM", "bind"), "holds here: a BPF program of the control group forbids it")
    with Group((SOCK, 12, answer(0)), (SOCK, 13, answer(0))):
        says(why("8080"), "bind says EPERM (this control group has a BPF program on bind)")
    with Group((ADDR, 8, say_errno(errno.EACCES)), (ADDR, 9, say_errno(errno.EACCES))):
        says(why("8080"), "tried: neither TCP nor UDP may bind to any port here: a sandbox)")
    with Group((ADDR, 8, say_errno_of_port(errno.EACCES, 8080)), (ADDR, 9, say_errno_of_port(errno.EACCES, 8080))):
        says(why("8080"), "bind says EACCES (tried: the same for TCP and UDP at an address that nobody has: a sandbox or a security module)")
        says(why("8081"), "is free")


def programs_on_other_calls():
    s = listener("127.0.0.1", 8080)
    with Group((SOCK, 2, answer(0))):
        said = why("8080")
        says(said, "socket says EPERM (this control group has a BPF program on socket)", "run it outside of this control group")
        silent(said, "SocketBindDeny")
        says(why("EPERM", "socket"), "holds here: a BPF program of the control group forbids it")
    with Group((ADDR, 10, answer(0))):
        says(why("EPERM", "connect"), "holds here: a BPF program of the control group forbids it")
        says(other("connect", "0.0.0.0", "0", "127.0.0.1", "8080", "-c1"), "this control group has a BPF program on connect")
    with Group((SKB, 1, answer(0))):
        says(other("connect", "0.0.0.0", "0", "127.0.0.1", "8080", "-c1", "-W", "0.5"),
             "a listener is there, and this control group has a BPF program on what is sent, as IPAddressDeny= makes it")
    s.close()


def a_bind_that_goes_elsewhere():
    with Group((ADDR, 8, to_port(9090))):
        s = listener("0.0.0.0", 8080)
        said = why("127.0.0.1:8080")
        says(said, "is refused to you: bind says EADDRINUSE (no socket that is listed has it)")
        silent(said, "SO_BINDTODEVICE")
        s.close()


situations = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == "__main__"
              and isinstance(value, type(sh)) and value.__code__.co_argcount == 0
              and name not in ("own_network", "pair_of_interfaces", "mounts_of_its_own", "all_processes_seen")]
broken = 0
for situation in situations:
    if len(sys.argv) > 2 and situation.__name__ not in sys.argv[2:]:
        continue
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            own_network()
            situation()
        except Skipped as reason:
            print("skipped: %s: %s" % (situation.__name__, reason))
            if os.environ.get("SAID"):
                with open(os.environ["SAID"], "a") as said:
                    said.write("skipped: %s\n" % situation.__name__)
        except Exception as error:  # the set-up itself
            faults.append(repr(error))
        for one in born:
            os.kill(one, signal.SIGKILL)
        for fault in faults:
            print("%s: %s" % (situation.__name__, fault))
        sys.stdout.flush()
        os._exit(1 if faults else 0)
    broken += os.waitpid(pid, 0)[1] != 0
print("%d situations, %d broken" % (len(situations), broken))
sys.exit(1 if broken else 0)
