"""A server whose output nobody takes: unread.py REUSE [--count] DESCRIPTOR STREAM [WORD...].

DESCRIPTOR: pipe, nonblocking (a pipe with O_NONBLOCK), terminal, socket, full (/dev/full), file (one that may
not grow), foreign (a pipe and a user who may not open it), none (closed).
STREAM: stdout, stderr or both (one descriptor). The first line is read, then nothing. Clients come all the same,
each must have its echo; with --count the output is then read again, which must count what was left out; then
SIGTERM, while nobody reads. Prints what was seen, a word and a number a line."""

import fcntl
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tty

MANY = 400
SIZE = 4096


def flags(fd):
    return fcntl.fcntl(fd, fcntl.F_GETFL)


def make(kind):
    """A descriptor to write to, and one to read what comes; None where nothing comes."""
    if kind == "terminal":
        reader, writer = os.openpty()
        tty.setraw(writer)
        return writer, reader
    if kind == "socket":
        ends = socket.socketpair()
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SIZE)
        return ends[0].detach(), ends[1].detach()
    if kind == "full":
        return os.open("/dev/full", os.O_WRONLY), None
    if kind == "file":
        fd, path = tempfile.mkstemp()
        writer = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.unlink(path)
        return writer, fd
    if kind == "none":
        return None, None
    reader, writer = os.pipe()
    fcntl.fcntl(writer, getattr(fcntl, "F_SETPIPE_SZ", 1031), SIZE)
    if kind == "nonblocking":
        fcntl.fcntl(writer, fcntl.F_SETFL, flags(writer) | os.O_NONBLOCK)
    return writer, reader


def prepare(kind, streams):
    if kind == "foreign":
        os.setgroups([])
        os.setuid(65534)
    if kind == "file":
        resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, SIZE))
    if kind == "none":
        for fd in streams:
            os.close(fd)


def asked_port(pid):
    """Of the listening socket of a process, whose first line nobody can read."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        inodes = set()
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                inodes.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
            except OSError:
                pass
        for line in open("/proc/net/tcp").readlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                return int(words[1].split(":")[1], 16)
        time.sleep(0.05)
    raise OSError("it does not listen")


def told_port(fd):
    """In the first line, of which no more is read than that."""
    until, text = time.monotonic() + 10, b""
    os.set_blocking(fd, False)
    while time.monotonic() < until:
        try:
            text += os.read(fd, 1)
        except BlockingIOError:
            time.sleep(0.01)
        port = re.search(rb"listening.*?127\.0\.0\.1:(\d+)\D", text)
        if port:
            return int(port.group(1)), text
    raise OSError(f"no first line: {text!r}")


def visit(port):
    with socket.create_connection(("127.0.0.1", port), 3) as c:
        c.settimeout(3)
        c.sendall(b"hello")
        if c.recv(5) != b"hello":
            raise OSError("no echo")


def counted(text):
    """The lines of connections that were told, and those that others count as left out."""
    left = [int(n) for n in re.findall(r"\((\d+) lines left out\)|\"lines\":(\d+)", text) for n in n if n]
    return len(re.findall(r'^(?:\[[\d.]+\] )?[-+ ] 127|"opened"|"heard"|"closed"', text, re.M)) + sum(left)


def read_on(fd, text, lines):
    """`text` and what comes: until so many lines are counted and a moment brought no more, for 10 s at most."""
    until = time.monotonic() + 10
    os.set_blocking(fd, False)
    while time.monotonic() < until:
        if counted(text.decode(errors="replace")) >= lines:
            until = min(until, time.monotonic() + 0.3)
        if select.select([fd], [], [], max(0.0, min(0.3, until - time.monotonic())))[0]:
            text += os.read(fd, 65536)
    return text


def main(reuse, *words):
    options = [word for word in words if word == "--count"]
    kind, stream, *words = [word for word in words if word not in options]
    writer, reader = make(kind)
    streams = {"stdout": (1,), "stderr": (2,), "both": (1, 2)}[stream]
    before = None if writer is None else flags(writer)
    # What is not tried goes to a file, which takes all.
    other = tempfile.TemporaryFile()
    ends = [writer if fd in streams and writer is not None else other for fd in (1, 2)]
    server = subprocess.Popen([reuse, "listen", "0", "127.0.0.1", "--drain", "0.5", *words], stdin=subprocess.DEVNULL,
                              stdout=ends[0], stderr=ends[1], preexec_fn=lambda: prepare(kind, streams))
    try:
        told = reader if 1 in streams else os.open(f"/proc/self/fd/{other.fileno()}", os.O_RDONLY)
        port, text = (asked_port(server.pid), b"") if told is None else told_port(told)
        served, slowest = 0, 0.0
        for _ in range(MANY):
            began = time.monotonic()
            try:
                visit(port)
                served += 1
            except OSError:
                break
            slowest = max(slowest, time.monotonic() - began)
        print("served", served)
        print("slowest_ms", int(1000 * slowest))
        print("flags_changed", int(writer is not None and flags(writer) != before))
        if "--count" in options:
            text = read_on(reader, text, 3 * MANY).decode()
            print("told_and_left_out", counted(text))
            if "--json" in words:
                for line in text.splitlines():
                    json.loads(line)
            for _ in range(MANY):
                visit(port)
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        print("status", server.wait(10))
        print("end_ms", int(1000 * (time.monotonic() - began)))
    finally:
        server.kill()
        server.wait()


main(*sys.argv[1:])
