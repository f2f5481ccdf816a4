"""docs/mutation.md: how many mutants the tests notice, which they do not, and why that is right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml

from tools.mutation.trial import Verdict

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")


def explain_survivors(verdicts: list[Verdict]) -> tuple[dict[int, str], list[Verdict]]:
    return {}, [verdict for verdict in verdicts if verdict.outcome == "survived"]


def render(verdicts: list[Verdict], explained: dict[int, str]) -> str:
    return ""
