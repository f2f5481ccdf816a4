"""The decision file of a feed: everything it was decided from, frozen beside the outbox, without persons.

It lies in HOME, not in the outbox: it is the producer's proof, not a message. With it a feed can be explained and compared with the
next one after the published version that it was made from is gone. Which deliveries still lie in the lake is not its affair.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from repat_pipeline.errors import RepatError
from repat_pipeline.rules.registry import parameters_on
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home


class NoDecision(RepatError):
    """There is no decision file of such a feed."""


@dataclass(frozen=True)
class DecidingDelivery:
    """A delivery that the decision could read: its identity, content and age.

    Attributes:
        is_counting: False for an answer of the income register that the law did not allow to be read on D.
    """

    municipality_code: str
    source: str
    delivery_id: str
    content: str
    extracted_at: str
    contract_version: str
    is_counting: bool


@dataclass(frozen=True)
class Decision:
    """What one feed was decided from.

    Attributes:
        known_at: K of the run, null = no limit.
        published_version: name of the version below `published/.versions`; the oldest ones are removed.
        parameters: name -> value, law_reference, is_law, valid_from.
        code_lists_hash: names the copy of the code lists (`Home.code_lists`).
        deliveries: M's own counting ones, every answer that M asked for, and other municipalities' counting UIP deliveries (C1).
        compared_with: as_of and sequence of the feed that `aendringer.csv` tells the changes since; null = there was none.
        files: file of the feed -> sha256.
    """

    municipality_code: str
    as_of: str
    sequence: int
    known_at: str | None
    feed_version: str
    published_version: str
    run_id: str
    rule_version: str
    code_version: str
    project_hash: str
    code_lists_hash: str
    key_fingerprint: str
    parameters: Mapping[str, Mapping[str, str | bool]]
    deliveries: tuple[DecidingDelivery, ...]
    compared_with: Mapping[str, str | int] | None
    files: Mapping[str, str]

    def of_files(self, contents: Mapping[str, bytes]) -> Decision:
        """The same decision, with the files that it led to."""
        return replace(self, files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()})

    @property
    def own_deliveries(self) -> tuple[DecidingDelivery, ...]:
        """The municipality's own deliveries and the answers that it asked for."""
        return tuple(delivery for delivery in self.deliveries if delivery.municipality_code == self.municipality_code)

    @property
    def parameter_values(self) -> dict[str, str]:
        """Name -> value of every parameter."""
        return {name: str(entry["value"]) for name, entry in self.parameters.items()}

    @property
    def known_through(self) -> datetime:
        """The newest `extracted_at` among the deliveries: at an earlier K there was no such feed."""
        return max(datetime.fromisoformat(delivery.extracted_at) for delivery in self.deliveries)


@dataclass(frozen=True)
class DecidedFrom:
    """Where to look the decision up: the published version while it is kept, and the deliveries."""

    published: Path | None
    deliveries: tuple[DecidingDelivery, ...]


def describe_decision(
    published: Path,
    municipality: str,
    *,
    sequence: int,
    feed_version: str,
    compared_with: Decision | None,
) -> Decision:
    """Describe the decision behind a feed that is made from a published version; its files come with `of_files`.

    Args:
        published: the version's folder or a link to it.
        municipality: M.
        sequence: number of the feed.
        feed_version: version of the outbound contract.
        compared_with: decision of the feed that the changes are told since.
    """
    run: dict[str, Any] = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    in_force = parameters_on(date.fromisoformat(run["as_of"]))
    own: Mapping[str, str] = run.get("own_parameters", {}).get(municipality, {})
    names = DecidingDelivery.__dataclass_fields__

    def can_decide(delivery: Mapping[str, Any]) -> bool:
        if delivery["municipality_code"] != municipality:
            return bool(delivery["is_counting"] and delivery["source"] == "uip")
        return bool(delivery["is_counting"] or delivery["source"] == "eindkomst")

    return Decision(
        municipality_code=municipality,
        as_of=run["as_of"],
        sequence=sequence,
        known_at=run["known_at"],
        feed_version=feed_version,
        published_version=published.resolve().name,
        run_id=run["run_id"],
        rule_version=run["rule_version"],
        code_version=run["code_version"],
        project_hash=run["project_hash"],
        code_lists_hash=run["code_lists_hash"],
        key_fingerprint=run["key_fingerprint"],
        parameters={
            name: {
                "value": own.get(name, value),
                "law_reference": in_force[name].law_reference,
                "is_law": in_force[name].is_law,
                "valid_from": in_force[name].valid_from.isoformat(),
            }
            for name, value in run["parameters"].items()
        },
        deliveries=tuple(
            DecidingDelivery(**{name: delivery[name] for name in names}) for delivery in run["deliveries"] if can_decide(delivery)
        ),
        compared_with=None if compared_with is None else {"as_of": compared_with.as_of, "sequence": compared_with.sequence},
        files={},
    )


def write_decision(home: Home, decision: Decision) -> None:
    """Freeze the decision; written before its feed, so that a feed without one cannot be."""
    path = home.decision(decision.municipality_code, date.fromisoformat(decision.as_of), decision.sequence)
    write_text(path, json.dumps(asdict(decision), indent=1, ensure_ascii=False) + "\n")


def read_decision(home: Home, municipality: str, as_of: date, sequence: int) -> Decision:
    """Read the decision of one feed.

    Raises:
        NoDecision: there is none; the message says which feed was meant.
    """
    path = home.decision(municipality, as_of, sequence)
    if not path.is_file():
        raise NoDecision(f"{municipality} as of {as_of}: there is no decision file of feed {sequence}; the feeds lie in the outbox")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Decision(**content | {"deliveries": tuple(DecidingDelivery(**delivery) for delivery in content["deliveries"])})


def decided_from(home: Home, decision: Decision) -> DecidedFrom:
    """Say what the feed was decided from; `published` is None when that version is no longer kept."""
    version = home.published / ".versions" / decision.published_version
    return DecidedFrom(version if version.is_dir() else None, decision.deliveries)
