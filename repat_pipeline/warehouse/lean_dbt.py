"""What dbt does for every node and we have no use for: done less often here, with the same result.

A build of 262 nodes spent four fifths of its time on Jinja and events, not on SQL. None of this is public in dbt: its versions are
pinned, and `tests/dagster/test_dbt_runner_matches_cli.py` compares what comes out with that of dbt's own command line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch


@contextmanager
def lean_dbt(events_kept: Collection[str]) -> Iterator[None]:
    """Inside the block dbt parses once for all homes, renames and drops without Jinja, and writes only the events that are kept.

    Args:
        events_kept: names of the events that somebody listens to. Warnings and errors are always dealt with.
    """
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.adapters.duckdb.impl import DuckDBAdapter
    from dbt_common.clients import agate_helper
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event
    # A parser of dates in prose for every result set of a query; it keeps nothing between two of them.
    build = cache(agate_helper.build_type_tester)

    def build_type_tester(text_columns: Iterable[str], string_null_values: Iterable[str] = ("null", "")) -> Any:
        return build(tuple(sorted(text_columns)), tuple(string_null_values))

    def fire_event(manager: Any, event: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False) -> None:
        weight = (level or event.level_tag()).value
        if type(event).__name__ in events_kept or force_warn_or_error_handling or weight in ("warn", "error"):
            fire(manager, event, level, node, force_warn_or_error_handling)

    with ExitStack() as stack:
        # dbt parses anew when the connection differs from that of the parse before; nothing of ours depends on where the file lies.
        stack.enter_context(patch.object(DuckDBCredentials, "_connection_keys", lambda credentials: ("database", "schema")))
        stack.enter_context(patch.object(EventManager, "fire_event", fire_event))
        stack.enter_context(patch.object(DuckDBAdapter, "rename_relation", _rename_relation))
        stack.enter_context(patch.object(DuckDBAdapter, "drop_relation", _drop_relation))
        stack.enter_context(patch.object(agate_helper, "build_type_tester", build_type_tester))
        yield


def _rename_relation(adapter: Any, from_relation: Any, to_relation: Any) -> None:
    """`duckdb__rename_relation` of dbt-duckdb."""
    adapter.cache_renamed(from_relation, to_relation)
    name = adapter.quote_as_configured(to_relation.identifier, "identifier")
    adapter.execute(f"alter {to_relation.type} {from_relation} rename to {name}", auto_begin=True)


def _drop_relation(adapter: Any, relation: Any) -> None:
    """`duckdb__drop_relation` of dbt-duckdb."""
    adapter.cache_dropped(relation)
    adapter.execute(f"drop {relation.type} if exists {relation} cascade", auto_begin=False)
