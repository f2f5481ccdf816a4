"""docs/mutation.md: how many mutants the tests notice, which they do not, and why.

A survivor is either explained in equivalent.yaml (no input that the pipeline accepts tells it from the original) or a gap in the
tests. An explanation that fits no survivor any more is an error: it would hide the next gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from tools.mutation.trial import Outcome, Verdict

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")
_KILLED: tuple[Outcome, Outcome] = ("killed by a unit test", "killed by a spec test")
_HEAD = """\
# Mutation test of the rules

`make mutation` (outside CI) changes one rule at a time - an operator, a bound, a condition, a join, a default, an order, a parameter, a
row of a code list - and runs the dbt unit tests of the models that can notice, and then `tests/spec` if there is one. This page is
written by it; `tools/mutation/equivalent.yaml` holds the reasons. Mutants whose SQL does not run are not counted.
"""


def explain_survivors(verdicts: Iterable[Verdict], *, whole: bool) -> tuple[list[tuple[Verdict, str]], list[Verdict]]:
    """Split the survivors into those that equivalent.yaml explains, with the reason, and the others.

    Args:
        whole: whether all mutants were tried; then every explanation must fit a survivor.

    Raises:
        ValueError: an explanation fits no survivor.
    """
    reasons = {
        (subject, entry["before"], entry["after"]): entry["why"]
        for subject, entries in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")).items()
        for entry in entries
    }
    explained, gaps, used = [], [], set()
    for verdict in verdicts:
        if verdict.outcome != "survived":
            continue
        key = (verdict.mutant.subject, verdict.mutant.before, verdict.mutant.after)
        if key in reasons:
            explained.append((verdict, reasons[key]))
            used.add(key)
        else:
            gaps.append(verdict)
    if whole and (stale := reasons.keys() - used):
        raise ValueError(f"{EQUIVALENT.name} explains what does not survive: {sorted(stale)}")
    return explained, gaps


def render(verdicts: list[Verdict], explained: list[tuple[Verdict, str]], gaps: list[Verdict]) -> str:
    """The page, in Markdown."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    killed = sum(outcomes[outcome] for outcome in _KILLED)
    counted = killed + len(gaps)
    lines = [
        _HEAD,
        f"**{killed} of {counted} mutants killed ({killed / counted:.1%})**, {outcomes[_KILLED[0]]} by unit tests and"
        f" {outcomes[_KILLED[1]]} by spec tests. Besides these, {len(explained)} mutants decide the same as the original and"
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
