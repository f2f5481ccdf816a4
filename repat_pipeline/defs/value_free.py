"""Keep values of rows out of Dagster's events: what an asset raises is said without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from repat_pipeline.errors import value_free_text


@contextmanager
def value_free_failures() -> Iterator[None]:
    """Turn every exception into a `dg.Failure` with a text that holds no value; nothing is retried."""
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        # `from None`: Dagster stores the text of every exception that it can reach from this one.
        raise dg.Failure(value_free_text(error), allow_retries=False) from None
