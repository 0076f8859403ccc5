#!/usr/bin/env python3
"""paste.py REUSE ADDR PORT: asks `reuse why` who has the port, does what it says is to be stopped, in that order and
as words pasted into a shell, and says what bind and listen say then. A line each: unit, container (12 digits), command, and the
last: ok or an errno."""
import errno
import json
import socket
import subprocess
import sys
import time

reuse, address, port = sys.argv[1:]


def take():
    with socket.socket() as s:
        try:
            s.bind((address, int(port)))
            s.listen()
            return "ok"
        except OSError as e:
            return errno.errorcode[e.errno]


run = subprocess.run([reuse, "why", "--json", f"{address}:{port}"], capture_output=True, text=True, timeout=20)
rows = [json.loads(line) for line in run.stdout.splitlines()]
for row in rows:
    if row["event"] == "holder" and row["in_the_way"]:
        for where in [row, *row["pids"]]:
            print("unit", where["unit"], "container", (where["container"] or "none")[:12])
for row in rows:
    for stop in row.get("stop") or []:
        print("stop", stop["command"])
        subprocess.run(["sh", "-c", stop["command"]], timeout=30, check=False, stdout=subprocess.DEVNULL)
until = time.monotonic() + 5  # what is stopped may end a moment later
while take() != "ok" and time.monotonic() < until:
    time.sleep(0.05)
time.sleep(0.3)  # longer than it takes to be started again
print(take())
