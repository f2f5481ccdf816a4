"""`repat`, with every attempt of Python to reach a network noted in the file that `REPAT_TEST_NETWORK_LOG` names (an audit hook)."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "urllib.Request"}
LOG = open(os.environ["REPAT_TEST_NETWORK_LOG"], "a", buffering=1, encoding="utf-8")  # noqa: SIM115


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """One line per attempt."""
    if event in EVENTS:
        LOG.write(f"{event} {arguments[1:]}\n")


sys.addaudithook(note)
sys.argv = ["repat", *sys.argv[1:]]
runpy.run_module("repat_pipeline", run_name="__main__", alter_sys=True)
