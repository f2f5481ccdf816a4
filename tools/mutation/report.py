"""docs/mutation.md: how many mutants the tests notice, which they do not, and why.

A survivor is either explained in equivalent.yaml (no input that the pipeline accepts tells it from the original) or a gap in the
tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from tools.mutation.mutant import Mutant
from tools.mutation.trial import Outcome, Verdict

MutantKey = tuple[str, str, str]

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
_KILLED: tuple[Outcome, Outcome] = ("killed by a unit test", "killed by a scenario")
_HEAD = """\
# Mutation test of the rules

`make mutation` (outside CI) changes one rule at a time - an operator, a bound, a condition, a join, a default, an order, a parameter, a
row of a code list - and runs the dbt unit tests of the models that can notice, then the scenarios of `tests/spec`. This page is written
by it. Not counted: mutants whose SQL does not run, and those that decide the same as the original, with the reasons below (kept in
`tools/mutation/equivalent.yaml`).
"""


def known_reasons() -> dict[MutantKey, str]:
    """The mutants that decide the same as the original, with the reason."""
    entries = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    return {
        (subject, before, after): entry["why"]
        for entry in entries
        for subject, changes in entry["mutants"].items()
        for before, after in changes
    }


def key_of(mutant: Mutant) -> MutantKey:
    """How equivalent.yaml names a mutant."""
    return mutant.subject, mutant.before, mutant.after


def explain_survivors(verdicts: Iterable[Verdict]) -> tuple[list[tuple[Verdict, str]], list[Verdict]]:
    """Split the survivors into those that equivalent.yaml explains, with the reason, and the others."""
    reasons = known_reasons()
    survivors = [verdict for verdict in verdicts if verdict.outcome == "survived"]
    explained = [(verdict, reasons[key]) for verdict in survivors if (key := key_of(verdict.mutant)) in reasons]
    return explained, [verdict for verdict in survivors if key_of(verdict.mutant) not in reasons]


def stale_reasons(explained: Iterable[tuple[Verdict, str]]) -> list[MutantKey]:
    """Entries of equivalent.yaml that fit no survivor when all mutants were tried: they would hide the next gap."""
    return sorted(known_reasons().keys() - {key_of(verdict.mutant) for verdict, _ in explained})


def render(verdicts: list[Verdict], explained: list[tuple[Verdict, str]], gaps: list[Verdict]) -> str:
    """The page, in Markdown."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    killed = sum(outcomes[outcome] for outcome in _KILLED)
    counted = killed + len(gaps)
    lines = [
        _HEAD,
        f"**{killed} of {counted} mutants killed ({killed / counted:.1%})**, {outcomes[_KILLED[0]]} by unit tests and"
        f" {outcomes[_KILLED[1]]} by scenarios. Besides these, {len(explained)} mutants decide the same as the original and"
        f" {outcomes['does not run']} do not run.",
        "",
        "## By kind of change",
        "",
        "| change | killed | survived | the same | does not run |",
        "|---|---|---|---|---|",
        *_rows(verdicts, explained, lambda verdict: verdict.mutant.operator),
        "",
        "## By file",
        "",
        "| file | killed | survived | the same | does not run |",
        "|---|---|---|---|---|",
        *_rows(verdicts, explained, lambda verdict: f"`{verdict.mutant.path.rsplit('/', 1)[-1]}`"),
        "",
        "## Survivors",
        "",
        *([f"- {_shown(verdict)}" for verdict in gaps] or ["None."]),
        "",
        "## The same as the original",
        "",
    ]
    by_reason: dict[str, list[Verdict]] = {}
    for verdict, reason in explained:
        by_reason.setdefault(reason, []).append(verdict)
    for reason, same in by_reason.items():
        lines += [f"**{reason}**", "", *(f"- {_shown(verdict)}" for verdict in same), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(verdicts: list[Verdict], explained: list[tuple[Verdict, str]], name: Callable[[Verdict], str]) -> list[str]:
    """One row of the table per name, in order of the names."""
    total, same = Counter[tuple[str, str]](), Counter(name(verdict) for verdict, _ in explained)
    for verdict in verdicts:
        total[name(verdict), "killed" if verdict.outcome in _KILLED else verdict.outcome] += 1
    return [
        f"| {row} | {total[row, 'killed']} | {total[row, 'survived'] - same[row]} | {same[row]} | {total[row, 'does not run']} |"
        for row in sorted({row for row, _ in total})
    ]


def _shown(verdict: Verdict) -> str:
    mutant = verdict.mutant
    return f"`{mutant.subject}` line {mutant.row}, {mutant.operator}: `{mutant.before}` → `{mutant.after}`"
