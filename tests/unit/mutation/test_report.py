"""The report of the mutation test: the share, and survivors explained, unexplained or explained for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutation import report
from tools.mutation.mutant import Mutant, make_mutant
from tools.mutation.report import explain_survivors, render, stale_reasons
from tools.mutation.trial import Outcome, Verdict

SQL = "where a >= b"


def mutant(replacement: str) -> Mutant:
    """`>=` of the only line of a model becomes something else."""
    return make_mutant("models/int_rules__window.sql", SQL, (8, 10), replacement, "bound moved")


def verdict(outcome: Outcome, replacement: str = ">") -> Verdict:
    """A verdict on one mutant of that line."""
    return Verdict(mutant(replacement), outcome, "a_test" if outcome.startswith("killed") else "", 1.2)


@pytest.fixture
def explanations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One explanation: `>=` -> `>` of the model decides the same."""
    path = tmp_path / "equivalent.yaml"
    path.write_text(f"- why: They never meet.\n  mutants:\n    int_rules__window:\n      - ['{SQL}', where a > b]\n", encoding="utf-8")
    monkeypatch.setattr(report, "EQUIVALENT", path)
    return path


def test_a_survivor_is_explained_by_the_line_before_and_after(explanations: Path) -> None:
    explained, gaps = explain_survivors([verdict("survived", ">"), verdict("survived", "="), verdict("killed by a unit test")])

    assert explained == [(verdict("survived", ">"), "They never meet.")]
    assert gaps == [verdict("survived", "=")]


def test_an_explanation_of_what_does_not_survive_is_stale(explanations: Path) -> None:
    explained, gaps = explain_survivors([verdict("killed by a unit test")])

    assert (explained, gaps) == ([], [])
    assert stale_reasons(explained) == [("int_rules__window", SQL, "where a > b")]


def test_the_share_counts_neither_what_is_the_same_nor_what_does_not_run(explanations: Path) -> None:
    verdicts = [
        verdict("killed by a unit test", "<"),
        verdict("killed by a scenario", "<="),
        verdict("survived", ">"),
        verdict("survived", "="),
        verdict("does not run", "=="),
    ]
    page = render(verdicts, *explain_survivors(verdicts))

    assert "**2 of 3 mutants killed (66.7%)**" in page
    assert "| bound moved | 2 | 1 | 1 | 1 |" in page
    assert "- `int_rules__window` line 1, bound moved: `where a >= b` → `where a = b`" in page
    assert "**They never meet.**" in page
