"""What a program writes to a terminal, read from the terminal's other side."""

import errno
import os


def read(fd):
    """The next of it; b"" once every process that had the terminal has closed it.

    Linux can answer EIO while some of it is still unread (2 of 32,000 ends on 6.18, two busy
    cores): n_tty_wait_for_input (drivers/tty/n_tty.c) looks for data, and then whether the other
    side is closed, and both may come in between. Nothing follows the closing, so the reading after
    it finds the rest, or the end."""
    for _ in range(2):
        try:
            return os.read(fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
    return b""
