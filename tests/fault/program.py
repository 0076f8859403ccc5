"""The program under faults: started, listened to, ended; and what must hold of each of its ends."""

import json
import os
import queue
import re
import signal
import subprocess
import threading
import time

PATIENCE = 20  # seconds until whatever was told to end must have
SANITIZER = re.compile(rb"Sanitizer|runtime error:|==\d+==")


class Broken(Exception):
    """A promise that was not kept."""


def await_true(holds, seconds):
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


class Program:
    def __init__(self, words, seed=0, given=b"", allocation=0, mild=False):
        self.words, self.json = words, "--json" in words
        self.out, self.lines = [], queue.Queue()
        self.report_from, report_to = os.pipe()
        env = dict(os.environ, REUSE_FAULT_SEED=str(seed), REUSE_FAULT_REPORT=str(report_to),
                   REUSE_FAULT_ALLOCATION=str(allocation), REUSE_FAULT_MILD=str(int(mild)))
        if "run" in words:  # who looks for leaks traces the process, which its tracer does already
            env["ASAN_OPTIONS"] = ":".join(filter(None, (env.get("ASAN_OPTIONS"), "detect_leaks=0")))
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=env, pass_fds=(report_to,), start_new_session=True)
        os.close(report_to)
        self.said, self.told = b"", False
        self.threads = [threading.Thread(target=self._hear), threading.Thread(target=self._heed)]
        for thread in self.threads:
            thread.start()
        try:
            self.process.stdin.write(given)
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def _hear(self):
        for line in self.process.stdout:
            self.out.append(line)
            self.lines.put(line)
        self.lines.put(b"")

    def _heed(self):
        self.said = self.process.stderr.read()

    def line(self, wanted):
        """The first line that contains `wanted`; None where it ends without."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                break
            if not line:
                return None
            if wanted in line:
                return line
        raise Broken(f"no line with {wanted!r} within {PATIENCE} s")

    def port(self):
        """That it listens on; None where it said why it does not."""
        line = self.line(b"listening")
        found = line and re.search(rb"127\.0\.0\.1:(\d+)", line)
        return int(found.group(1)) if found else None

    def descriptors(self):
        """How many are open, it and its workers together; 0 where it is gone."""
        total = 0
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
                pids = [self.process.pid] + [int(word) for word in file.read().split()]
            for pid in pids:
                total += len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return 0
        return total

    def tell(self, which=signal.SIGTERM):
        """Once: a second signal would end it at once."""
        if self.process.poll() is None and not self.told:
            self.process.send_signal(which)
        self.told = True

    def left_running(self):
        """After its end: whether there is a process of its session still."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self, statuses):
        """Waits for its end, and holds that against what every end must be. Returns the status."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Broken(f"has not ended within {PATIENCE} s") from None
        if not await_true(lambda: not self.left_running(), 5):
            raise Broken("has left processes behind")
        for thread in self.threads:
            thread.join(PATIENCE)
        status = self.process.returncode
        if SANITIZER.search(self.said):
            raise Broken("a sanitizer complains")
        if status not in statuses:
            raise Broken(f"status {status}")
        if self.json:
            for line in self.out:
                try:
                    json.loads(line)
                except ValueError:
                    raise Broken(f"no JSON: {line!r}") from None
        return status

    def events(self, name):
        """Of its JSON, the objects of that event."""
        told = [json.loads(line) for line in self.out]
        return [event for event in told if event["event"] == name]

    def report(self):
        """After its end: how many faults it met, by call, and how many sockets each of its processes
        left open, the first process last."""
        with os.fdopen(self.report_from, "rb") as file:
            self.report_from = None
            lines = file.read().decode().splitlines()
        if sum(int(line.split()[2]) for line in lines):
            raise Broken("a process of it has crashed")
        faults = {}
        for word in [word for line in lines for word in re.split(r" (?=[a-z])", line)[1:]]:
            call, _, count = word.partition("=")
            faults[call] = faults.get(call, 0) + int(count)
        return faults, [int(line.split()[1]) for line in lines] or [0]

    def kill(self):
        """Whatever is left of it, its workers too: they are a session of its own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for thread in self.threads:
            thread.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        if self.report_from is not None:
            os.close(self.report_from)
