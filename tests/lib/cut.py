"""A line of `reuse listen --json -w 2` that a terminal cuts: cut.py REUSE SITUATION. Fails with what it saw.

worker, first: that process cuts a line, says nothing more, and then the terminal is read.
forked: a worker takes its post while the first process has a rest. killed, ended: a worker that has cut a line."""

import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

BOUND = 10  # seconds for anything


class Server:
    def __init__(self, reuse):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.process = subprocess.Popen([reuse, "listen", "0", "127.0.0.1", "--json", "-w", "2", "--drain", "0.2"],
                                        stdin=subprocess.DEVNULL, stdout=self.slave, stderr=subprocess.PIPE)
        self.text = b""
        self.read_until(lambda: self.count("listening") == 1)
        self.port = int(re.search(rb"listening.*127.0.0.1:(\d+)", self.text)[1])
        self.clients, self.others = {}, []
        self.find_worker(0)
        self.find_worker(1)

    def events(self):
        """Those of whole lines; what is none is "broken"."""
        for line in filter(None, self.text.split(b"\n")[:-1]):
            try:
                yield json.loads(line)
            except ValueError:
                yield {"event": "broken", "line": line}

    def count(self, name, worker=None):
        return sum(e["event"] == name and worker in (None, e.get("worker")) for e in self.events())

    def read_until(self, seen):
        until = time.monotonic() + BOUND
        while not seen():
            if not select.select([self.master], [], [], max(0.0, until - time.monotonic()))[0]:
                raise OSError(f"nothing more comes after {self.text[-300:]!r}")
            self.text += os.read(self.master, 65536)

    def find_worker(self, worker):
        """Connects until a client is this worker's."""
        before = self.count("opened", worker)
        while self.count("opened", worker) == before:
            opened = self.count("opened")
            client = socket.create_connection(("127.0.0.1", self.port), BOUND)
            self.read_until(lambda: self.count("opened") > opened)
            of = [e["worker"] for e in self.events() if e["event"] == "opened"][-1]
            self.others.append(self.clients.get(of))  # open, so that nothing more is told of it
            self.clients[of] = client

    def send(self, worker):
        self.clients[worker].sendall(b"x")
        self.clients[worker].recv(1)

    def written(self, pid, lines, speak):
        """How many bytes of so many lines went out, which it writes after `speak`."""
        def look():
            with open(f"/proc/{pid}/io") as file:
                words = file.read().split()
            return int(words[words.index("wchar:") + 1]), int(words[words.index("syscw:") + 1])
        self.wait_for_sleep(pid)
        before, until = look(), time.monotonic() + BOUND
        speak()
        while look()[1] < before[1] + lines:
            assert time.monotonic() < until, "it does not write"
            time.sleep(0.001)
        self.wait_for_sleep(pid)
        return look()[0] - before[0]

    @staticmethod
    def wait_for_sleep(pid):
        """Until its calls are over: a write is counted after its reader has it."""
        until = time.monotonic() + BOUND
        while True:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "S":
                    return
            assert time.monotonic() < until, "it does not sleep"
            time.sleep(0.001)

    def fill(self):
        """Returns how much that took. A terminal has room again while the kernel moves on what was written."""
        filler = os.open(os.ttyname(self.slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        length, full = 0, 0
        while full < 3:
            try:
                length += os.write(filler, b"\n" * 512)
                full = 0
            except BlockingIOError:
                full += 1
                time.sleep(0.01)
        os.close(filler)
        return length

    def make_room(self):
        """Reads a little, waits until the kernel has moved on as much."""
        def to_read():
            return int.from_bytes(fcntl.ioctl(self.master, termios.FIONREAD, bytes(4)), sys.byteorder)
        before, until = to_read(), time.monotonic() + BOUND
        self.text += os.read(self.master, 512)
        while to_read() < before and time.monotonic() < until:
            time.sleep(0.001)

    def cut(self, pid, lines, speak):
        """Fills the terminal but for a little, lets a process write until a line goes out in part.
        Returns how much has then gone out in all."""
        whole = self.written(pid, lines, speak)
        length = len(self.text) + whole + self.fill()
        for _ in range(90):  # fewer than a worker thins
            went = self.written(pid, lines, speak)
            length += went
            if 0 < went < whole:
                return length
            if went == 0:
                self.make_room()
        raise OSError("no line is cut")

    def worker_pids(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(word) for word in file.read().split()]

    def end_worker(self, number):
        """Ends worker 0, waits until another one has its place."""
        os.kill(self.worker_pids()[0], number)
        line, until = self.process.stderr.readline(), time.monotonic() + BOUND
        assert b"another one takes its place" in line, line
        while len(self.worker_pids()) < 2:
            assert time.monotonic() < until, "no other worker"
            time.sleep(0.01)


def stands(reuse, situation):
    """False where the terminal had room for the rest after all."""
    server = Server(reuse)
    try:
        pid = server.process.pid if situation in ("first", "forked") else server.worker_pids()[0]
        if situation in ("first", "forked"):
            length = server.cut(pid, 3, lambda: server.process.send_signal(signal.SIGQUIT))
        else:
            length = server.cut(pid, 1, lambda: server.send(0))
        if situation == "ended":
            server.end_worker(signal.SIGTERM)
        elif situation in ("killed", "forked"):
            server.end_worker(signal.SIGKILL)
        server.read_until(lambda: len(server.text) >= length)
        if situation in ("killed", "ended"):
            server.send(1)
            server.read_until(lambda: b"\n" in server.text[length:])
            if server.count("broken") == 0:
                return False
            server.read_until(lambda: server.count("left_out") > 0)
            print("left_out", sum(e.get("lines", 0) for e in server.events()))
        else:
            server.read_until(lambda: server.text.endswith(b"\n"))
            server.wait_for_sleep(pid)
        if situation == "forked":
            server.find_worker(0)
        heard = server.count("heard", 1)
        server.send(1)
        server.read_until(lambda: server.count("heard", 1) > heard)
        print("broken", server.count("broken"))
        return True
    finally:
        server.process.kill()
        server.process.wait()


for _ in range(5):
    if stands(*sys.argv[1:]):
        sys.exit()
sys.exit("no line stayed cut")
