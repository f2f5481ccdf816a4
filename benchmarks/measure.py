"""Run a command in a session of its own and measure it: CPU of the process tree, wall time, peak memory of the tree, a limit on it.

CPU is user + system time of the process and of everything it waited for. Memory is the sum of the proportional set sizes (PSS) of
the session's processes, sampled: a peak shorter than the pause between two samples is missed. To read PSS the kernel walks every page
and slows the process by up to a fifth, so it is read only when the resident sizes, which cost nothing, are larger than ever before.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE_SECONDS = 0.1
_GROWTH_BYTES = 4 * 2**20
_MEMORY_GROUPS = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
_LIMIT_FILES = "memory.limit_in_bytes", "memory.max"


@dataclass(frozen=True)
class Measurement:
    """What one command took; `status` is its exit status."""

    cpu: float
    wall: float
    peak_bytes: int
    status: int


class CommandFailed(Exception):
    """A command of the benchmark ended with another status than it should; the message holds the end of its output."""


def run_measured(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None, memory_limit: int | None = None,
    expected: Sequence[int] = (0,),
) -> Measurement:  # fmt: skip
    """Run a command to its end.

    Args:
        log: gets its output.
        memory_limit: bytes that all its processes may use together; needs a memory control group that may be written.
        expected: exit statuses that are no failure.

    Raises:
        CommandFailed: another exit status.
    """
    with log.open("wb") as output, _limited(memory_limit) as enter:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | dict(environment or {}), start_new_session=True,
            preexec_fn=enter,
        )  # fmt: skip
        peak = _Peak(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        found = Measurement(usage.ru_utime + usage.ru_stime, wall, peak.stop(), process.returncode)
    if found.status not in expected:
        raise CommandFailed(f"{' '.join(command)}: exit status {found.status}\n{log.read_text(errors='replace')[-2000:]}")
    return found


class _Peak:
    """Samples the memory of a session until it is stopped."""

    def __init__(self, session: int) -> None:
        self._session, self._bytes, self._resident, self._ended = session, 0, 0, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._bytes

    def _sample(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            processes = list(_processes(self._session))
            resident = sum(_resident(pid) for pid in processes)
            if resident > self._resident + _GROWTH_BYTES:
                self._resident = resident
                self._bytes = max(self._bytes, sum(_pss(pid) for pid in processes))


def _processes(session: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            # Processes end while we look.
            with suppress(OSError, IndexError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                    yield int(entry.name)


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


@contextmanager
def _limited(memory_limit: int | None) -> Iterator[Callable[[], object] | None]:
    """Gives what a new process must call first to live in a memory control group with that limit; None without one."""
    if memory_limit is None:
        yield None
        return
    root, name = next(((root, name) for root in _MEMORY_GROUPS for name in _LIMIT_FILES if _has(root, name)), (None, ""))
    if root is None:
        raise CommandFailed("no memory control group can be made here: run as root, or leave --bar memory-limit out")
    group = root / f"repat-bench-{os.getpid()}"
    group.mkdir()
    try:
        (group / name).write_text(str(memory_limit))
        yield lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """The kernel lets go of a control group a moment after its last process."""
    for _ in range(50):
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(PAUSE_SECONDS)
    raise CommandFailed(f"the memory control group {group} stays busy: a process of the command is still there")


def _has(root: Path, name: str) -> bool:
    probe = root / f"repat-bench-probe-{os.getpid()}"
    try:
        probe.mkdir()
    except OSError:
        return False
    try:
        return (probe / name).is_file()
    finally:
        probe.rmdir()
