"""A session of several terminals: one line each, all of them running at once."""

import os
import re
import subprocess
import tempfile
import time

READY = {"listen": r"^listening on ", "connect": r"^Lub .* Dub "}
LIMIT = 20  # seconds that a terminal may take for its first line of interest


class Terminal:
    def __init__(self, command, folder):
        self.command = command
        self.file = tempfile.TemporaryFile(dir=folder)
        self.process = subprocess.Popen(command.split(), cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=self.file, stderr=subprocess.STDOUT)

    @property
    def is_server(self):
        return "listen" in self.command

    def said(self):
        size = os.fstat(self.file.fileno()).st_size
        return os.pread(self.file.fileno(), size, 0).decode().rstrip("\n").split("\n")

    def await_ready(self):
        """Until it listens or had its echo; what does neither runs to its end."""
        wanted = next((line for word, line in READY.items() if word in self.command), None)
        if not wanted:
            self.process.wait(LIMIT)
            return True
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            if any(re.search(wanted, line) for line in self.said()):
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(LIMIT)


def play(lines, folder):
    """Runs them. Returns [(command, lines that it printed while all ran)] and complaints."""
    made, complaints = [], []
    try:
        for line in lines:
            made.append(Terminal(line, folder))
            if not made[-1].await_ready():
                complaints.append(f"{line}: did not do what it is for: {made[-1].said()}")
        # The server of a connection may tell of it later than the client.
        end = time.monotonic() + LIMIT
        clients = [one for one in made if "connect" in one.command]
        heard = 0
        while heard < len(clients) and time.monotonic() < end and not complaints:
            heard = sum(bool(re.match(r"  .* bytes$", line))
                        for one in made if one.is_server for line in one.said())
            time.sleep(0.02)
        session = [(one.command, one.said()) for one in made]
    finally:
        # The clients first, as a person would who wants a summary of all.
        for one in sorted(made, key=lambda one: one.is_server):
            status = one.end()
            if status and "why" not in one.command:
                complaints.append(f"{one.command}: ended with {status}: {one.said()}")
    return session, complaints
