"""Open a file of a delivery so that nothing else can be in its place: a link is not followed, a pipe does not wait.

A sender can change the inbox at any moment, also between a look at a name and the opening of it.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path


def open_plain(path: Path) -> io.BufferedReader:
    """Open a regular file for reading.

    Raises:
        OSError: there is none, or the name is a link, a folder, a pipe or a device.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return io.BufferedReader(io.FileIO(descriptor, "rb"), io.DEFAULT_BUFFER_SIZE)
    except BaseException:
        os.close(descriptor)
        raise
