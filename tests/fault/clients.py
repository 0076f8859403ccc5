"""Clients that know which byte comes next: each sends a pattern of its own and holds every byte
that it gets against it."""

import errno
import selectors
import socket
import struct
import time

CHUNK = 65536
QUIET = 12  # seconds without a byte moving: it hangs


def pattern(number, size):
    step = 2 * number + 3
    block = bytes((i * step + (i >> 8) + number) & 255 for i in range(CHUNK))
    return (block * (size // CHUNK + 1))[:size]


class Client:
    """One connection. `manner`: whole, slow (reads little at a time), reset (in the middle of it),
    leave (closes with its echo unread)."""

    def __init__(self, number, size, manner):
        self.name = f"client {number} ({manner}, {size} bytes)"
        self.data = pattern(number, size)
        self.manner = manner
        self.leaves_at = size // 2 if manner in ("reset", "leave") else None
        self.sent = self.back = 0
        self.end = None  # eof, reset, left; else the name of an errno
        self.wrong = None
        self.sock = socket.socket()
        if manner == "slow":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def wants(self):
        left = self.sent < len(self.data)
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if left else 0)

    def leave(self):
        if self.manner == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.end = "left"

    def finish_sending(self):
        if self.sent == len(self.data):
            self.sock.shutdown(socket.SHUT_WR)

    def move(self, ready):
        if ready & selectors.EVENT_WRITE and self.sent < len(self.data):
            self.sent += self.sock.send(self.data[self.sent:self.sent + CHUNK])
            self.finish_sending()
        if ready & selectors.EVENT_READ:
            some = self.sock.recv(700 if self.manner == "slow" else CHUNK)
            if not some:
                self.end = "eof"
            elif some != self.data[self.back:self.back + len(some)]:
                self.wrong = f"{len(some)} wrong bytes from {self.back} on"
                self.end = "left"
            self.back += len(some)
        if self.leaves_at is not None and self.back >= self.leaves_at:
            self.leave()

    def step(self, ready):
        try:
            self.move(ready)
        except OSError as error:
            reset = error.errno in (errno.ECONNRESET, errno.EPIPE)
            self.end = "reset" if reset else errno.errorcode[error.errno]

    def complaint(self, to_be_whole, to_be_served):
        """What is not right about it, or None. One that was to be served had no reason to end early."""
        if self.wrong:
            return f"{self.name}: {self.wrong}"
        if self.end is None:
            return f"{self.name}: hangs with {self.sent} sent, {self.back} back"
        if to_be_whole and self.end == "eof" and self.back < len(self.data):
            return f"{self.name}: ended in order with {self.back} back"
        if to_be_served and self.end not in ("eof", "left"):
            return f"{self.name}: {self.end} with {self.back} back"
        return None


def run(port, clients):
    """Lets all of them talk to 127.0.0.1:`port` at once, until each has ended or nothing moves."""
    select = selectors.DefaultSelector()
    for client in clients:
        try:
            client.sock.settimeout(QUIET)
            client.sock.connect(("127.0.0.1", port))
            client.sock.setblocking(False)
            client.finish_sending()
            select.register(client.sock, client.wants(), client)
        except OSError as error:
            client.end = errno.errorcode.get(error.errno, "ETIMEDOUT")
            client.sock.close()
    moved = time.monotonic()
    while select.get_map() and time.monotonic() - moved < QUIET:
        for key, ready in select.select(1):
            client, moved = key.data, time.monotonic()
            client.step(ready)
            if client.end:
                select.unregister(client.sock)
                client.sock.close()
            else:
                select.modify(client.sock, client.wants(), client)
    for key in list(select.get_map().values()):
        key.data.sock.close()
    select.close()
