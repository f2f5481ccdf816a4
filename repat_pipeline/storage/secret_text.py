"""A secret as text, from a file that only its owner reads or from the environment: what every key of a home has in common."""

from __future__ import annotations

import stat
from pathlib import Path

from repat_pipeline.errors import RepatError

_MIN_CHARACTERS = 32


def secret_of_file(path: Path, *, setting: str, unusable: type[RepatError]) -> bytes:
    """The secret in a file.

    Args:
        setting: environment variable that names such a file, for the message.
        unusable: raised when it cannot be read, others can read it, or it is too short.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise unusable(f"key file {path} cannot be read ({type(error).__name__}); see {setting}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise unusable(f"key file {path} can be read by others (mode {stat.S_IMODE(mode):o}); run: chmod 600 {path}")
    return secret_of_text(text, str(path), unusable=unusable)


def secret_of_text(text: str, origin: str, *, unusable: type[RepatError]) -> bytes:
    """The secret without the white space around it; `unusable` is raised when it is too short."""
    secret = text.strip()
    if len(secret) < _MIN_CHARACTERS:
        raise unusable(f"{origin}: expected a key of at least {_MIN_CHARACTERS} characters, found {len(secret)}")
    return secret.encode()
