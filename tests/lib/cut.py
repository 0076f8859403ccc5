"""A line of `reuse listen --json -w 2` that a terminal cuts: cut.py REUSE SITUATION. Fails with what it saw.

worker, first: that process cuts a line, says nothing more, and then the terminal is read.
forked: a worker takes its post while the first process has a rest. killed, ended: a worker that has cut a line."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
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
        self.clients = {}
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
            self.clients[[e["worker"] for e in self.events() if e["event"] == "opened"][-1]] = client

    def send(self, worker):
        self.clients[worker].sendall(b"x")
        self.clients[worker].recv(1)

    def written(self, pid, lines, speak):
        """How many bytes of so many lines went out, which it writes after `speak`."""
        def look():
            with open(f"/proc/{pid}/io") as file:
                words = file.read().split()
            return int(words[words.index("wchar:") + 1]), int(words[words.index("syscw:") + 1])
        before, until = look(), time.monotonic() + BOUND
        speak()
        while look()[1] < before[1] + lines:
            assert time.monotonic() < until, "it does not write"
            time.sleep(0.001)
        return look()[0] - before[0]

    def cut(self, pid, lines, speak):
        """Fills the terminal but for a little, lets a process write until a line goes out in part.
        Returns how much has then gone out in all."""
        whole = self.written(pid, lines, speak)
        length = len(self.text) + whole
        filler = os.open(os.ttyname(self.slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            while True:
                length += os.write(filler, b"\n" * 512)
        except BlockingIOError:
            os.close(filler)
        for _ in range(90):  # fewer than a worker thins
            went = self.written(pid, lines, speak)
            length += went
            if 0 < went < whole:
                return length
            if went == 0:
                self.text += os.read(self.master, 512)
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


def main(reuse, situation):
    server = Server(reuse)
    try:
        if situation in ("first", "forked"):
            length = server.cut(server.process.pid, 3, lambda: server.process.send_signal(signal.SIGQUIT))
        else:
            length = server.cut(server.worker_pids()[0], 1, lambda: server.send(0))
        if situation == "ended":
            server.end_worker(signal.SIGTERM)
        elif situation in ("killed", "forked"):
            server.end_worker(signal.SIGKILL)
        server.read_until(lambda: len(server.text) >= length)
        if situation in ("killed", "ended"):
            server.send(1)
            server.read_until(lambda: server.count("left_out") > 0)
            print("left_out", sum(e.get("lines", 0) for e in server.events()))
        else:
            server.read_until(lambda: server.text.endswith(b"\n"))
        if situation == "forked":
            server.find_worker(0)
        heard = server.count("heard", 1)
        server.send(1)
        server.read_until(lambda: server.count("heard", 1) > heard)
        print("broken", server.count("broken"))
    finally:
        server.process.kill()
        server.process.wait()


main(*sys.argv[1:])
