"""One mutant: a piece of one file, and what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """A change of one piece of text.

    Attributes:
        path: the file, relative to the root of the project.
        start, end: the piece [start, end) of the file's text that is replaced.
        replacement: what stands there instead.
        operator: the kind of change, in words; the report counts by it.
        row: number of the first line that changes, from 1.
        before, after: the changed lines without and with the change, on one line. With the path they name the mutant.
    """

    path: str
    start: int
    end: int
    replacement: str
    operator: str
    row: int
    before: str
    after: str

    @property
    def subject(self) -> str:
        """Name of the model, macro file, parameter file or code list."""
        return Path(self.path).stem

    def apply(self, text: str) -> str:
        """The text of the file with the change made."""
        return text[: self.start] + self.replacement + text[self.end :]


def make_mutant(path: str, text: str, span: tuple[int, int], replacement: str, operator: str) -> Mutant:
    """Build the mutant that puts `replacement` into the place of text[span]."""
    start, end = span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    tail = text[end : len(text) if line_end < 0 else line_end]
    before, after = (" ".join((text[line_start:start] + piece + tail).split()) for piece in (text[start:end], replacement))
    return Mutant(path, start, end, replacement, operator, text.count("\n", 0, start) + 1, before, after)
