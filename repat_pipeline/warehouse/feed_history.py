"""Who stood on which feed before the reference date, for the detection lag (spec/kpi.md section 2, K22).

Nothing of its own is remembered for it: feeds lie in the outbox, and who was a candidate on their reference dates in the published
versions, for as long as both are kept. Whoever was erased stands in neither. `feed_index` spares reading them all again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.feed_index import read_feeds

PersonRefs = Callable[[str, list[str]], list[str]]
"""Municipality and `person_key` of some persons -> their `person_ref`; `identity.pseudonym.PseudonymKey.person_refs` is one."""

FEEDS_SCHEMA = {"municipality_code": pl.String(), "as_of": pl.Date()}
LISTED_SCHEMA = {
    "municipality_code": pl.String(), "person_key": pl.String(), "first_listed_on": pl.Date(), "primary_route": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class FeedHistory:
    """The feeds of earlier reference dates.

    Attributes:
        feeds: `municipality_code`, `as_of`: one row per reference date for which the municipality got a feed.
        listed: `municipality_code`, `person_ref`, `first_listed_on`, `primary_route`: one row per candidate, as on the first feed.
    """

    feeds: pl.DataFrame
    listed: pl.DataFrame

    def with_keys(self, persons: pl.DataFrame, person_refs: PersonRefs) -> pl.DataFrame:
        """The candidates by `person_key` (columns of `LISTED_SCHEMA`).

        Args:
            persons: `municipality_code`, `person_key` of everybody whom deliveries tell of; who is in none of them any more is left out.
        """
        found = [pl.DataFrame(schema=LISTED_SCHEMA)]
        for (municipality,), listed in sorted(self.listed.partition_by("municipality_code", as_dict=True).items()):
            keys = persons.filter(municipality_code=municipality)["person_key"].sort().to_list()
            references = pl.DataFrame({"person_key": keys, "person_ref": person_refs(str(municipality), keys)}, schema_overrides={
                "person_key": pl.String, "person_ref": pl.String,
            })  # fmt: skip
            found.append(listed.join(references, on="person_ref").select(list(LISTED_SCHEMA)))
        return pl.concat(found).sort("municipality_code", "person_key")


NO_FEEDS = FeedHistory(
    pl.DataFrame(schema=FEEDS_SCHEMA),
    pl.DataFrame(schema={"person_ref" if name == "person_key" else name: kind for name, kind in LISTED_SCHEMA.items()}),
)


def read_feed_history(home: Home, *, before: date) -> FeedHistory:
    """The feeds in the outbox of reference dates before `before`, with the candidates of what is published for their dates.

    A feed whose published version is gone counts as no feed: who stood on it is not known.
    """
    index = read_feeds(home).filter(pl.col("as_of") < before)
    feeds = index.filter(pl.col("person_ref").is_null()).select(list(FEEDS_SCHEMA)).sort("municipality_code", "as_of")
    listed = index.filter(pl.col("person_ref").is_not_null()).rename({"as_of": "first_listed_on"})
    return FeedHistory(feeds, listed.select(NO_FEEDS.listed.columns))
