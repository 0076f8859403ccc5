#!/usr/bin/env python3
"""Runs what the README says, and compares or rewrites what it shows.

readme.py check|write README REUSE [--only WORD]

Blocks of kind `sh` run as they stand, where ./out/reuse is REUSE and set-up (packages, build, test
run) is stubbed out; a block without a kind right behind one is its output, `...` standing for lines
left out. Blocks of kind `terminals` are one line a process, all at once; the first of them, which
ends with `reuse why`, is drawn in session.svg beside this file. The ports of the README are fixed:
run this in a network namespace of its own, with pids of its own, as ../readme.sh does.

`write` puts into the README and the drawing what was said now; `check` wants that they say the same
already, apart from ports, pids, times and sizes. Status 1: they do not, or a command did not do what
it is for; 77: something was skipped, which its line says."""

import argparse
import fcntl
import os
import platform
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

import drawing
import same
import terminals
from page import Page

STUBS = "apt-get sudo cmake make brew ctest"
KINDS = {"sh", "console", "terminals", ""}
CHECKED_WITH = 20000  # connections, where the README proves more
LIMIT = 60  # seconds for one block
LIMIT_WRITE = 600


def raise_loopback():
    """ip link set lo up, without ip."""
    siocgifflags, siocsifflags, iff_up = 0x8913, 0x8914, 1
    with socket.socket() as any_socket:
        flags = fcntl.ioctl(any_socket, siocgifflags, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", flags)[1] | iff_up
        fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sh14x", b"lo", flags))


def kernel():
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def cannot(command, folder):
    """Why what `command` shows in `folder` cannot be compared here; None where it can."""
    if "reuse rules" in command and (os.geteuid() or not many_users()):
        return "sharing between two users is measured by root alone"
    if "reuse rules" in command and kernel() < (6, 9):
        return "before Linux 6.9 some cells are others"
    if "--prove" in command and available() < 2 << 30:
        return "less than 2 GB of memory are free"
    if "curl" in command and not shutil.which("curl"):
        return "curl is not installed"
    if "reuse run" in command and not can_trace(folder):
        return "no process can be traced"
    return None


def can_trace(folder):
    """Whether run says nothing of a program that has no socket."""
    ran = subprocess.run([f"{folder}/out/reuse", "run", "true"], capture_output=True, check=False)
    return ran.returncode == 0 and not ran.stderr


GLIBC_SAYS = ("Cannot assign requested address", "Address already in use")


def words_otherwise(reuse):
    """Whether the C library of the program has other words for errors than the README's, glibc."""
    said = subprocess.run([reuse, "why", "EADDRNOTAVAIL", "connect"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, check=False).stdout.decode()
    return GLIBC_SAYS[0] not in said


def many_users():
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return int(file.read().split()[2]) > 65534


def available():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemAvailable: *(\d+)", file.read())[1]) << 10


def workshop(reuse):
    """A folder with ./out as after the build, and the set-up stubbed out."""
    folder = tempfile.TemporaryDirectory(prefix="reuse-readme.")
    os.symlink(os.path.dirname(os.path.abspath(reuse)), os.path.join(folder.name, "out"))
    stubs = os.path.join(folder.name, "stubs")
    os.mkdir(stubs)
    for name in STUBS.split():
        path = os.path.join(stubs, name)
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(path, 0o755)
    os.environ["PATH"] = ":".join([stubs, os.path.join(folder.name, "out"), os.environ["PATH"]])
    os.environ["LC_ALL"] = "C"
    return folder


class Run:
    def __init__(self, options):
        self.options = options
        self.page = Page(options.readme)
        self.words_otherwise = words_otherwise(os.path.abspath(options.reuse))
        self.new, self.skipped, self.broken = {}, 0, 0

    def fail(self, block, text):
        self.broken += 1
        print(f"FAIL line {block.first}: {text}")

    def skip(self, block, text):
        self.skipped += 1
        print(f"skip line {block.first}: {text}")

    def sh(self, block, folder):
        """Runs one block as it stands. A block that shows no output must end with status 0."""
        reason = cannot(block.text, folder)
        if not reason and self.words_otherwise and block.shows and any(
                words in block.shows.text for words in GLIBC_SAYS):
            reason = "this C library words the error otherwise"
        if reason:
            return self.skip(block, reason)
        command, limit = block.text, LIMIT_WRITE
        if not self.options.write:
            command, limit = re.sub(r"--prove \d+", f"--prove {CHECKED_WITH}", command), LIMIT
        try:
            ran = subprocess.run(["bash", "-c", command + block.ending], cwd=folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                                 check=False)
        except subprocess.TimeoutExpired:
            return self.fail(block, f"not over after {limit} s: {command}")
        output = ran.stdout.decode().rstrip("\n").split("\n")
        if not block.shows:
            if ran.returncode:
                self.fail(block, f"status {ran.returncode}: {command}\n" + "\n".join(output))
            return None
        alike = same.plain
        shown = block.shows.lines
        if not self.options.write and same.flows(shown, output):
            return None
        if re.search(r"reuse limits$", command):
            alike = same.bound
            if not self.options.write:
                output = [line for line in output if not same.absent(line)]
                shown = [line for line in shown if not same.absent(line)]
        chosen = same.select(shown, output, alike) if shown else output
        if chosen is None:
            return self.fail(block, "a part of what it shows is not in:\n" + "\n".join(output))
        if self.options.write:
            self.new[block.shows] = chosen
            return None
        for old, new in same.differences(shown, chosen, alike):
            self.fail(block, f"the README shows\n  {old}\nand here it is\n  {new}")
        return None

    def terminals(self, block, folder):
        session, complaints = terminals.play(block.lines, folder)
        for complaint in complaints:
            self.fail(block, complaint)
        if complaints or block is not self.page.of("terminals")[0]:
            return
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "session.svg")
        picture = drawing.draw(session)
        if self.options.write:
            with open(path, "w", encoding="utf-8") as file:
                file.write(picture)
            return
        with open(path, encoding="utf-8") as file:
            drawn = file.read().split("\n")
        for old, new in same.differences(drawn, picture.split("\n")):
            self.fail(block, f"session.svg has\n  {old}\nand drawn anew it is\n  {new}")

    def links(self):
        """Each leads to a file of the tree, to a heading of the page, or elsewhere by https."""
        top = os.path.dirname(os.path.abspath(self.options.readme))
        for number, to in self.page.links():
            if to.startswith("#"):
                found = to[1:] in self.page.anchors()
            else:
                found = to.startswith("https://") or os.path.exists(os.path.join(top, to))
            if not found:
                self.broken += 1
                print(f"FAIL line {number}: the link to {to} leads nowhere")

    def all(self):
        self.links()
        with workshop(self.options.reuse) as folder:
            # The drawing first: what other blocks leave in TIME_WAIT is none of its own.
            for block in sorted(self.page.blocks, key=lambda block: block.kind != "terminals"):
                if block.kind not in KINDS:
                    self.fail(block, f"a block of kind {block.kind} that nothing checks")
                if self.options.only and self.options.only not in block.text:
                    continue
                if block.kind in ("sh", "console"):
                    self.sh(block, folder)
                elif block.kind == "terminals":
                    self.terminals(block, folder)
        shown = [block.shows for block in self.page.of("sh")]
        for block in self.page.of(""):
            if block not in shown:
                self.fail(block, "output that no command shows")
        if self.options.write and not self.broken:
            self.page.replace(self.new)
        print(f"{len(self.page.blocks)} blocks, {self.broken} broken, {self.skipped} skipped")
        return 1 if self.broken else 77 if self.skipped else 0


def main():
    words = argparse.ArgumentParser(usage=__doc__)
    words.add_argument("mode", choices=["check", "write"])
    words.add_argument("readme")
    words.add_argument("reuse")
    words.add_argument("--only", default="")
    options = words.parse_args()
    options.write = options.mode == "write"
    raise_loopback()
    sys.exit(Run(options).all())


main()
