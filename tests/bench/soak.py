#!/usr/bin/env python3
"""Mixed load on `reuse listen` for a long time: churn, resets, half-opens, slow readers, idle ones,
bulk. Prints descriptors, memory and wrong answers as time goes by; they must stay flat.

soak.py REUSE [--minutes N] [--idle N] [--every SECONDS] [-- LISTEN-OPTION...]"""

import argparse
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PATIENCE = 20  # seconds without a byte: a wrong answer
GROWTH_KB = 1024  # of resident memory from one half to the other
PATTERN = bytes((i * 7 + (i >> 8)) & 255 for i in range(1 << 16)) * 2


class Tally:
    """What all loads together have done."""

    def __init__(self):
        self.lock = threading.Lock()
        self.connections = self.bytes = self.wrong = 0
        self.first_wrong = ""

    def add(self, connections=0, bytes=0):
        with self.lock:
            self.connections += connections
            self.bytes += bytes

    def complain(self, text):
        with self.lock:
            self.wrong += 1
            self.first_wrong = self.first_wrong or text


def dial(port):
    """From one of many addresses, so that ports do not run out while TIME_WAIT holds them."""
    source = f"127.{random.randrange(1, 250)}.{random.randrange(250)}.{random.randrange(1, 250)}"
    return socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def echoed(sock, data, at_a_time=65536, rest=0):
    """Sends and reads back at once, half-closing; whether all is the same and then the end."""
    sender = threading.Thread(target=send_all, args=(sock, data))
    sender.start()
    back = bytearray()
    while True:
        time.sleep(rest)
        some = sock.recv(at_a_time)
        if not some:
            break
        back += some
    sender.join()
    return bytes(back) == data


def send_all(sock, data):
    try:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the reader sees it too


def one(tally, port, size, **manner):
    at = random.randrange(65536)
    data = (PATTERN[at:at + 65536] * (size // 65536 + 1))[:size]
    with dial(port) as sock:
        if not echoed(sock, data, **manner):
            tally.complain(f"{size} bytes came back different")
    tally.add(1, size)


def churn(tally, port):
    one(tally, port, random.choice([1, 64, 1000, 20000]))


def resets(tally, port):
    sock = dial(port)
    sock.sendall(PATTERN[:random.choice([1, 5000, 65536])])
    if random.random() < 0.5:
        sock.recv(1)
    reset(sock)
    tally.add(1)
    time.sleep(0.005)


def half_opens(tally, port):
    """Connections that say nothing, or close only their half, or half a word; some go by a reset."""
    socks = [dial(port) for _ in range(20)]
    for i, sock in enumerate(socks):
        if i % 3 == 0:
            sock.shutdown(socket.SHUT_WR)
        elif i % 3 == 1:
            sock.sendall(b"half a wo")
    time.sleep(0.5)
    for sock in socks:
        reset(sock) if random.random() < 0.3 else sock.close()
    tally.add(len(socks))


def slow_readers(tally, port):
    one(tally, port, 400000, at_a_time=4000, rest=0.02)


def bulk(tally, port):
    one(tally, port, 16 << 20)


LOADS = [(churn, 3), (resets, 1), (half_opens, 1), (slow_readers, 3), (bulk, 1)]


def repeat(load, tally, port, ended):
    while not ended.is_set():
        try:
            load(tally, port)
        except OSError as error:
            tally.complain(f"{load.__name__}: {error}")
            time.sleep(0.1)


class Idle:
    """Connections that stay, and are asked now and then whether they still answer."""

    def __init__(self, port, count):
        self.socks = [dial(port) for _ in range(count)]

    def ask(self, tally, count=100):
        for sock in random.sample(self.socks, min(count, len(self.socks))):
            try:
                sock.sendall(b"still there?")
                if sock.recv(12, socket.MSG_WAITALL) != b"still there?":
                    tally.complain("an idle one got something else")
            except OSError as error:
                tally.complain(f"idle: {error}")


def figures(pid):
    """Descriptors, and resident memory in KB."""
    with open(f"/proc/{pid}/status") as status:
        rss = [int(line.split()[1]) for line in status if line.startswith("VmRSS:")]
    return len(os.listdir(f"/proc/{pid}/fd")), rss[0]


def watch(options, pid, tally, idle):
    """A row every so often, until the time is over. Returns the rows."""
    began, rows = time.monotonic(), []
    print(f"{'seconds':>8} {'descriptors':>11} {'RSS KB':>8} {'connections':>11} {'MB echoed':>9} "
          f"{'wrong':>5}", flush=True)
    while time.monotonic() < began + options.minutes * 60:
        time.sleep(options.every)
        idle.ask(tally)
        count, rss = figures(pid)
        rows.append(rss)
        print(f"{time.monotonic() - began:8.0f} {count:11} {rss:8} {tally.connections:11} "
              f"{tally.bytes / 1e6:9.0f} {tally.wrong:5}", flush=True)
    return rows


def read_words():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("reuse")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--idle", type=int, default=5000, help="connections that stay (5000)")
    parser.add_argument("--every", type=float, default=10, help="seconds between two rows (10)")
    parser.add_argument("listen", nargs="*", help="further options of reuse listen")
    return parser.parse_args()


def main():
    options = read_words()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = subprocess.Popen(
        [options.reuse, "listen", "0", "127.0.0.1"] + options.listen,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    port = int(server.stdout.readline().split()[2].rsplit(b":", 1)[1])
    drain = threading.Thread(target=lambda: [None for _ in server.stdout])
    drain.start()
    tally, ended = Tally(), threading.Event()
    before, _ = figures(server.pid)
    idle = Idle(port, options.idle)
    threads = [threading.Thread(target=repeat, args=(load, tally, port, ended))
               for load, count in LOADS for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        rows = watch(options, server.pid, tally, idle)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        for sock in idle.socks:
            sock.close()
    time.sleep(2)
    after, rss = figures(server.pid)
    server.send_signal(signal.SIGTERM)
    status = server.wait(PATIENCE)
    drain.join()
    half = len(rows) // 2
    growth = max(rows[half:]) - max(rows[:half]) if half else 0
    print(f"{before} descriptors before, {after} after; {rss} KB at the end, the later half "
          f"{growth:+} KB; {tally.wrong} wrong {tally.first_wrong}; status {status}")
    # One more: poll(2) has handed over to epoll, whose descriptor stays.
    bad = tally.wrong or status or after > before + 1 or growth > GROWTH_KB
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
