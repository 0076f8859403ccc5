"""The end of a command whose reader stands still: standing.py PROGRAM WORDS...: each of WORDS is a command's words,
parted by |. Its stdout is a pipe that is full, then it gets SIGTERM: prints its status, or 'late' where it has not
ended within ten seconds."""
import array
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import termios
import time


def wait_until_full(reader):
    """Until no more comes. A pipe holds 64 KiB, but a page may stay unused in part."""
    until = time.monotonic() + 10
    before, count = 0, array.array("i", [0])
    while (count[0] < 50000 or count[0] > before) and time.monotonic() < until:
        before = count[0]
        time.sleep(0.1)
        fcntl.ioctl(reader, termios.FIONREAD, count)


def main():
    program = sys.argv[1]
    for words in sys.argv[2:]:
        reader, writer = os.pipe()
        with tempfile.TemporaryFile() as steps:  # for who reads them
            steps.write(b"a name\n" * 20000)
            steps.seek(0)
            command = subprocess.Popen([program, *words.split("|")], stdin=steps, stdout=writer)
        os.close(writer)
        wait_until_full(reader)
        command.send_signal(signal.SIGTERM)
        try:
            print(command.wait(10), flush=True)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
            print("late", flush=True)
        os.close(reader)


main()
