"""Holds a port in one of the ways in which a port can be held, and says how.

holders.py KIND [OPTION...]: prints "PORT" on a line once all is as asked, and holds it until
it is killed. OPTION: reuseaddr, reuseport.
holders.py take ADDR PORT [OPTION...]: binds and listens there; prints "ok", or the errno.
holders.py takes ADDR PORT: the same with each of the four sets of options, after the names of the
set in the words of JSON.
"""
import errno
import os
import re
import socket
import sys
import time

kind, options = sys.argv[1], sys.argv[2:]
kept = []


def make(family=socket.AF_INET, wanted=()):
    s = socket.socket(family)
    if "reuseaddr" in wanted:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "reuseport" in wanted:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, "v6only" in wanted)
    kept.append(s)
    return s


def bound(address="127.0.0.1", family=socket.AF_INET, port=0):
    s = make(family, options)
    s.bind((address, port))
    return s


def listening(address="127.0.0.1", family=socket.AF_INET, port=0):
    s = bound(address, family, port)
    s.listen(8)
    return s


def pair(server):
    """A connection to the listener: its client and its accepted end."""
    client = make()
    client.connect(server.getsockname())
    accepted = server.accept()[0]
    kept.append(accepted)
    return client, accepted


def forget(s):
    kept.remove(s)
    s.close()


def until_acknowledged(port):
    """The other end has acknowledged that this one, with that port, has closed: FIN_WAIT1 is over."""
    for _ in range(200):
        with open("/proc/net/tcp", encoding="ascii") as table:
            if not re.search(rf":{port:04X} \w+:\w+ 04 ", table.read()):
                return
        time.sleep(0.01)


def hold():
    if kind == "listener":
        return listening()
    if kind == "any":
        return listening("0.0.0.0")
    if kind == "bound":
        return bound()
    if kind == "dual":
        return listening("::", socket.AF_INET6)
    if kind == "v6only":  # on a port that is free in IPv4, too: the kernel picks one for both families
        both = bound("::", socket.AF_INET6)
        port = both.getsockname()[1]
        forget(both)
        options.append(kind)
        return listening("::", socket.AF_INET6, port)
    if kind == "served":  # two connections to one of the addresses of a listener
        server = listening("0.0.0.0")
        pair(server)
        pair(server)
        return server
    server = listening()
    port = server.getsockname()[1]
    if kind == "two":
        ours, theirs = os.pipe()
        if os.fork() == 0:
            os.close(theirs)
            os.read(ours, 1)  # until the first process ends
            os._exit(0)
    elif kind == "connected":
        pair(server)
    elif kind == "crowd":  # three hundred connections
        for _ in range(300):
            pair(server)
    elif kind == "mixed":  # five connections in each of four states
        for _ in range(5):
            pair(server)
            pair(server)[0].shutdown(socket.SHUT_WR)
            pair(server)[1].shutdown(socket.SHUT_WR)
            client, accepted = pair(server)
            forget(accepted)
            forget(client)
    elif kind == "left":
        pair(server)
        forget(server)
    elif kind == "timewait":
        client, accepted = pair(server)
        forget(server)
        forget(accepted)
        forget(client)
    elif kind == "lingers":  # a connection of it is in TIME_WAIT, and it listens still
        client, accepted = pair(server)
        forget(accepted)
        forget(client)
    elif kind == "finwait2":
        accepted = pair(server)[1]
        mine = accepted.getsockname()[1]
        forget(server)
        forget(accepted)
        until_acknowledged(mine)
    elif kind == "pending":
        client = make()
        client.connect(server.getsockname())
    elif kind == "self":
        forget(server)
        s = make(wanted=options)
        s.bind(("127.0.0.1", port))
        s.connect(("127.0.0.1", port))
        return s
    elif kind == "ephemeral":
        return pair(server)[0]
    elif kind in ("far", "deep"):  # a listener, and a socket that the last of many processes with
        # very many descriptors has bound; deep: among very many sockets
        import resource
        most = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 20000)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        ours, theirs = os.pipe()
        null = os.open("/dev/null", os.O_RDONLY)
        for _ in range(most * 2 // 5):
            os.dup(null)
        bound_there, tell = os.pipe()
        for number in range(40):
            if os.fork() == 0:
                if number == 39:
                    make().bind(("127.0.0.2", port))
                    os.write(tell, b"x")
                forget(server)
                os.close(theirs)
                os.read(ours, 1)  # until the first process ends
                os._exit(0)
        os.read(bound_there, 1)
        for number in range(most * 11 // 20 if kind == "deep" else 0):
            make().bind(("127.1.%d.%d" % (number // 250, number % 250 + 1), port))
    elif kind == "fan":  # one source, two destinations
        other = listening()
        source = bound()
        source.connect(server.getsockname())
        again = bound(port=source.getsockname()[1])
        again.connect(other.getsockname())
        return source
    else:
        raise SystemExit("unknown kind " + kind)
    return port


def take(address, port, wanted):
    with make(socket.AF_INET6 if ":" in address else socket.AF_INET, wanted) as s:
        try:
            s.bind((address, int(port)))
            s.listen(8)
        except OSError as error:
            return errno.errorcode[error.errno]
    return "ok"


if kind == "take":
    print(take(options[0], options[1], options[2:]))
    sys.exit(0)
if kind == "takes":
    for wanted in ["reuseport"], ["reuseaddr", "reuseport"], ["reuseaddr"], []:
        names = ", ".join('"SO_%s"' % name.upper() for name in wanted)
        print("[%s] %s" % (names, take(options[0], options[1], wanted)))
    sys.exit(0)
held = hold()
print(held if isinstance(held, int) else held.getsockname()[1], flush=True)
while True:
    time.sleep(60)
