"""Whether a municipality's newest feed would come out as it is: then nobody's CPR number needs to be looked up to see that.

The files of a feed follow from the published tables, the vault and the program. What they were when a feed was made or found right is
remembered in `work`, as a hash. When that is still so, and the feed's files are those that its decision tells, the feed stands.
A marker, not a proof: whoever loses it builds the feed, and finds the same bytes (`build`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline import __version__
from repat_pipeline.codelists import code_lists_hash
from repat_pipeline.feeds.build import FEED_NAMES, FEED_TABLES, FEED_VERSION, SPREADSHEET, Feed, newest_sequence
from repat_pipeline.feeds.changes import CHANGES_FILE
from repat_pipeline.feeds.decision import read_decision
from repat_pipeline.source_hash import source_hash
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home


def premises_hash(home: Home, municipality: str, *, manifest: Mapping[str, Any]) -> str:
    """Hash of all that decides the bytes of a feed's lists, read from where `build_feed` reads it.

    Args:
        manifest: of what is published for the reference date.

    Raises:
        FileNotFoundError: a published table of the municipality is missing.
    """
    folder = home.published_as_of(date.fromisoformat(manifest["as_of"])) / "persons" / municipality
    premises = {
        "program": [__version__, FEED_VERSION, pl.__version__, source_hash(Path(__file__).parent)],
        "code_lists": code_lists_hash(),
        "run": [manifest[name] for name in ("as_of", "rule_version", "key_fingerprint", "parameters")],
        "own_parameters": manifest.get("own_parameters", {}).get(municipality, {}),
        "published": [_sha256(folder / f"{table}.parquet") for table in FEED_TABLES],
        # Its content cannot change the way back of a reference, only its absence can end it.
        "vault": [[path.name, path.stat().st_size] for path in sorted(home.vault(municipality).glob("*/*"))],
    }
    return hashlib.sha256(json.dumps(premises, sort_keys=True).encode()).hexdigest()


def find_kept_feed(home: Home, municipality: str, *, manifest: Mapping[str, Any]) -> Feed | None:
    """The newest feed, when `build_feed` would keep it; None when it has to be built to know that."""
    as_of = date.fromisoformat(manifest["as_of"])
    marker = _marker(home, municipality, as_of)
    sequence = newest_sequence(home, municipality, as_of)
    folder = home.feed_folder(municipality, as_of) / str(sequence)
    if not (marker.is_file() and home.decision(municipality, as_of, sequence).is_file()):
        return None
    remembered = json.loads(marker.read_text(encoding="utf-8"))
    decided = read_decision(home, municipality, as_of, sequence).files
    lists = [f"{name}.csv" for name in FEED_NAMES]
    is_whole = (
        all((folder / name).is_file() for name in (SPREADSHEET, CHANGES_FILE, *lists))
        and all(_sha256(folder / name) == decided.get(name) for name in lists)
    )  # fmt: skip
    if not is_whole or remembered != {"sequence": sequence, "premises": premises_hash(home, municipality, manifest=manifest)}:
        return None
    counts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["counts"]
    return Feed(municipality, folder, sequence, counts, is_new=False)


def remember_feed(home: Home, feed: Feed, *, manifest: Mapping[str, Any]) -> None:
    """Remember what a feed that was just built, or built and found the same, follows from."""
    content = {"sequence": feed.sequence, "premises": premises_hash(home, feed.municipality, manifest=manifest)}
    write_text(_marker(home, feed.municipality, date.fromisoformat(manifest["as_of"])), json.dumps(content) + "\n")


def _marker(home: Home, municipality: str, as_of: date) -> Path:
    return home.work / "feeds" / as_of.isoformat() / f"{municipality}.json"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
