"""Peers that misbehave, and peers by the hundred: peer.py MODE [ARGUMENT...].

A server prints its port on the first line of stdout and serves until it is ended. All of
them end by themselves after a minute."""

import json
import os
import re
import resource
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

import terminal


def say(*words):
    print(*words, flush=True)


def pattern(size):
    return bytes((i * 7 + (i >> 8)) & 255 for i in range(min(size, 65536))) * (size // 65536 + 1)


def wait_for(path):
    """Until the test makes the file: its way to say `go on`."""
    while not os.path.exists(path):
        time.sleep(0.02)


def dial(host, port):
    return socket.create_connection((host, int(port)), timeout=20)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


# --- servers ---------------------------------------------------------------------------


def serve(each, backlog=16, small=False):
    server = socket.socket()
    if small:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    server.bind(("127.0.0.1", 0))
    server.listen(backlog)
    say(server.getsockname()[1])
    kept = []
    while True:
        sock, _ = server.accept()
        kept.append(sock)  # or it would be closed here
        try:
            each(sock)
        except OSError:
            pass


def silent():
    """Takes everything, says nothing."""
    serve(lambda sock: None)


def closes_at_once():
    serve(lambda sock: sock.close())


def closes_after_a_rest():
    """Echoes one heartbeat, rests, closes."""

    def each(sock):
        sock.sendall(sock.recv(65536))
        time.sleep(0.3)
        sock.close()

    serve(each)


def resets():
    """Reads one heartbeat, then resets."""

    def each(sock):
        sock.recv(65536)
        reset(sock)

    serve(each)


def mangles(place):
    """Echoes, but for one byte. Prints what was there and what it made of it."""
    place = int(place)

    def each(sock):
        at = 0
        while True:
            data = bytearray(sock.recv(65536))
            if not data:
                return
            if at <= place < at + len(data):
                was = data[place - at]
                data[place - at] = was ^ 0x55
                say("mangled", was, was ^ 0x55)
            at += len(data)
            sock.sendall(data)

    serve(each)


def small_buffers():
    """Echoes with small buffers, and reads no further until its echo is taken."""

    def each(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
        while True:
            data = sock.recv(65536)
            if not data:
                return
            sock.sendall(data)

    serve(each, small=True)


def adds():
    """Echoes and adds a byte of its own."""

    def each(sock):
        sock.sendall(sock.recv(65536) + b"Z")

    serve(each)


def adds_later():
    """Echoes, rests, and then says something unasked."""

    def each(sock):
        sock.sendall(sock.recv(65536))
        time.sleep(0.3)
        sock.sendall(b"Z")

    serve(each)


def adds_urgently():
    """Echoes, rests, and then says something unasked as urgent."""

    def each(sock):
        sock.sendall(sock.recv(65536))
        time.sleep(0.3)
        sock.send(b"Z", socket.MSG_OOB)
        sock.recv(1)

    serve(each)


def echoes_urgently():
    """Echoes, the last byte of each as urgent."""

    def each(sock):
        while data := sock.recv(65536):
            sock.sendall(data[:-1])
            sock.send(data[-1:], socket.MSG_OOB)

    serve(each)


def halves():
    """Echoes half of the first heartbeat."""

    def each(sock):
        data = sock.recv(65536)
        sock.sendall(data[: len(data) // 2])

    serve(each)


def dribbles():
    """Echoes byte by byte."""

    def each(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            data = sock.recv(65536)
            if not data:
                return
            for i in range(len(data)):
                sock.sendall(data[i : i + 1])
                time.sleep(0.002)

    serve(each)


def never_accepts():
    """A listener whose queue is full: a further SYN is not answered."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    kept = []
    for _ in range(64):
        sock = socket.socket()
        sock.settimeout(0.3)
        kept.append(sock)
        try:
            sock.connect(server.getsockname())
        except socket.timeout:  # another refusal is no full queue
            break
    else:
        sys.exit("the queue does not fill")
    say(server.getsockname()[1])
    signal.pause()


def takes(first, last, *command):
    """Holds a range of ports on all addresses while a command runs; ends with its status."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kept = []
    for port in range(int(first), int(last) + 1):
        sock = socket.socket()
        sock.bind(("0.0.0.0", port))
        kept.append(sock)
    sys.exit(subprocess.call(command, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (soft, hard))))


def only_binds():
    """Holds a port on which nobody listens."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    say(sock.getsockname()[1])
    signal.pause()


# --- clients ---------------------------------------------------------------------------


def round_trip(host, port, size):
    """Sends, half-closes, reads to the end, compares."""
    data = pattern(int(size))[: int(size)]
    sock = dial(host, port)
    sock.settimeout(0)
    back, sent = bytearray(), 0
    select = selectors.DefaultSelector()
    select.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    while True:
        ready = select.select(20)
        if not ready:
            sys.exit("nothing moves: sent %d, back %d" % (sent, len(back)))
        if ready[0][1] & selectors.EVENT_WRITE:
            sent += sock.send(data[sent : sent + 65536])
            if sent == len(data):
                sock.shutdown(socket.SHUT_WR)
                select.modify(sock, selectors.EVENT_READ)
        if ready[0][1] & selectors.EVENT_READ:
            some = sock.recv(65536)
            if not some:
                break
            back += some
    say("back", len(back), "same" if bytes(back) == data else "different")


def stuck(host, port, go, manner=""):
    """Sends and does not read until nothing more can be sent; then half-closes (manner: half); when
    told to, reads all, pausing now and then (manner: pauses), and goes on sending where it may."""
    half_close = manner == "half"
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    sock.settimeout(20)
    sock.connect((host, int(port)))
    data = pattern(65536)[:65536]
    sock.settimeout(0.5)
    sent = 0
    try:
        while sent < 400 * 1000 * 1000:
            sent += sock.send(data[sent % 65536 :])
    except socket.timeout:
        pass
    if half_close:
        sock.shutdown(socket.SHUT_WR)
    say("stuck", sent)
    wait_for(go)
    sock.settimeout(20)
    got, same, end = 0, True, "eof"
    while True:
        try:
            if not half_close:
                sock.send(data[:1000], socket.MSG_DONTWAIT)
        except OSError:
            pass
        try:
            some = sock.recv(32768)
        except ConnectionResetError:
            end = "reset"
            break
        if not some:
            break
        expected = data[got % 65536 :] + data
        same = same and some == expected[: len(some)]
        if manner == "pauses" and got // 300000 < (got + len(some)) // 300000:
            time.sleep(0.25)
        got += len(some)
    say("got", got, "same" if same else "different", end)


def deaf(host, port, many, go):
    """So many that never read: they send until nothing moves any more, some are closed meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    socks, data, moved = [], bytes(65536), time.monotonic()
    for _ in range(int(many)):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect((host, int(port)))
        sock.setblocking(False)
        socks.append(sock)
    while time.monotonic() - moved < 0.5:
        for sock in socks:
            try:
                sock.send(data)
                moved = time.monotonic()
            except OSError:
                pass
    say("deaf", len(socks))
    wait_for(go)


def chatty(host, port):
    """As much as goes, for ever."""
    sock = dial(host, port)
    sock.settimeout(0)
    select = selectors.DefaultSelector()
    select.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    data, told = bytes(65536), False
    while True:
        for _, ready in select.select(20):
            if ready & selectors.EVENT_READ:
                sock.recv(65536)
                if not told:
                    say("busy")
                told = True
            if ready & selectors.EVENT_WRITE:
                sock.send(data)


def crowd(host, port, many, go):
    """Many connections, each of which sends a word of its own. Prints how many are served
    while all stay open; when told to, each leaves once it has its echo."""
    many = int(many)
    select = selectors.DefaultSelector()
    socks = []
    for i in range(many):
        sock = dial(host, port)
        word = b"word %d." % i
        sock.sendall(word)
        select.register(sock, selectors.EVENT_READ, [word, b""])
        socks.append(sock)
    served, wrong, leaving, told = 0, 0, False, False
    done = []
    while served < many:
        ready = select.select(0.5)
        if not ready and not leaving:
            if not told:
                say("held", served)
            told = True
            if os.path.exists(go):
                leaving = True
                for sock in done:
                    sock.close()
        for key, _ in ready:
            some = key.fileobj.recv(4096)
            key.data[1] += some
            if not some:
                sys.exit("closed with %r of %r back" % (key.data[1], key.data[0]))
            if len(key.data[1]) < len(key.data[0]):
                continue
            served += 1
            wrong += key.data[0] != key.data[1]
            select.unregister(key.fileobj)
            if leaving:
                key.fileobj.close()
            else:
                done.append(key.fileobj)
    say("served", served, "wrong", wrong)


def early(host, port, many, go):
    """Sends over so many connections, and reads each to its end."""
    socks = [dial(host, port) for _ in range(int(many))]
    for sock in socks:
        sock.sendall(b"hello")
    say("sent", len(socks))
    echoed = ended = 0
    for sock in socks:
        try:
            got = sock.recv(5, socket.MSG_WAITALL)
            echoed += got == b"hello"
            ended += sock.recv(1) == b""
        except OSError:
            pass
    say("echoed", echoed, "ended", ended)


def late(host, port, many, go):
    """Connects so many, sends over all when told to, and reads the echoes."""
    socks = [dial(host, port) for _ in range(int(many))]
    for sock in socks:
        sock.sendall(b"a")
        sock.recv(1)
    say("held", len(socks))
    wait_for(go)
    for sock in socks:
        sock.sendall(b"hello")
    say("sent")
    echoed = 0
    for sock in socks:
        try:
            echoed += sock.recv(5) == b"hello"
        except OSError:
            pass
    say("echoed", echoed)


def leaves_by_reset(host, port):
    """Has one heartbeat echoed, then resets."""
    sock = dial(host, port)
    sock.sendall(b"hello")
    say("back", len(sock.recv(5, socket.MSG_WAITALL)))
    reset(sock)


def waits_for_close(host, port, word=""):
    """Says a word or nothing; prints how the connection ends."""
    sock = dial(host, port)
    sock.sendall(word.encode())
    say("open")
    got = 0
    while True:
        some = sock.recv(4096)
        if not some:
            break
        got += len(some)
    say("closed after", got)


# --- tools -----------------------------------------------------------------------------


def interruptible(*command):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(command[0], command)


def on_a_terminal(*command):
    """Runs a command whose stdout and stderr are a terminal; copies what it writes."""
    pid, fd = os.forkpty()
    if pid == 0:
        os.execv(command[0], command)
    while data := terminal.read(fd):
        os.write(1, data)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)


def lan_address():
    """An IPv4 address of this host that is not loopback; nothing is sent."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.connect(("198.51.100.1", 9))
    except OSError:
        return
    if not sock.getsockname()[0].startswith("127."):
        say(sock.getsockname()[0])


TYPES = {"text": str, "number": (int, float), "true": bool, "false": bool, "null": type(None), "list": list,
         "object": dict}


def documented():
    """{(command, event): {field: types}} of `reuse help json`, with "" for every command."""
    said = subprocess.run([os.environ["REUSE"], "help", "json", "--json"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    table = {}
    for row in map(json.loads, said.split("\n")[2:-1]):
        fields = {field["name"]: re.findall(r"\w+", field["type"].replace(" or ", " "))
                  for field in row["fields"]}
        for command in row["commands"] or [""]:
            table[command, row["name"]] = fields
    return table


def undocumented(fields, value, name=""):
    """Members of an event that its row of the table lacks, or has of another type."""
    if isinstance(value, dict):
        if name and not any(field.startswith(name + ".") for field in fields):
            return  # said in words, as "the fields of holder"
        for key, member in value.items():
            if not name and key in ("event", "ts"):
                continue
            path = f"{name}.{key}" if name else key
            types = fields.get(path)
            if types is None or not any(isinstance(member, TYPES[one]) for one in types) or (
                    isinstance(member, bool) and "true" not in types):
                yield path
            yield from undocumented(fields, member, path)
    elif isinstance(value, list):
        for member in value:
            yield from undocumented(fields, member, name + "[]")


def events(path):
    """Holds a file to what --json promises; prints each event in a form that grep likes."""
    table, command = documented(), ""

    def no_constant(word):
        raise ValueError("%s is no JSON" % word)

    with open(path, "rb") as file:
        text = file.read()
    if not text.endswith(b"\n"):
        sys.exit("does not end with a whole line")
    last = 0
    for number, line in enumerate(text.decode("utf-8").split("\n")[:-1], 1):
        event = json.loads(line, parse_constant=no_constant)
        where = "line %d: %s" % (number, line)
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            sys.exit("no event: " + where)
        if len(re.findall(r'"(?:ts)": ?[0-9]+\.[0-9]{6}[,}]', line)) != 1:
            sys.exit("no ts in microseconds: " + where)
        if not 1e9 < event["ts"] < 1e10 or event["ts"] < last:
            sys.exit("ts is no time that passes: " + where)
        last = event["ts"]
        if number == 1 and (
            set(event) != {"event", "ts", "schema", "command", "version"}
            or event["event"] != "start"
            or event["schema"] != 1
            or not re.match(r"[0-9]+\.[0-9]+\.[0-9]+$", event["version"])
        ):
            sys.exit("the first line is no start: " + where)
        if number == 1:
            command = event["command"]
        fields = table.get((command, event["event"])) or table.get(("", event["event"]))
        unknown = sorted(undocumented(fields, event)) if fields is not None else [event["event"]]
        if unknown:
            sys.exit("%s: not as in 'reuse help json': %s" % (" ".join(unknown), where))
        rest = ["%s=%s" % (key, json.dumps(event[key])) for key in sorted(event) if key != "event"]
        say(" ".join([event["event"]] + rest))


if __name__ == "__main__":
    signal.alarm(60)
    globals()[sys.argv[1]](*sys.argv[2:])
