"""A few inputs of `make fuzz` in every run of the tests: rows or a refusal, never a crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tools.fuzz.__main__ import fuzz
from tools.fuzz.mutate import mutated
from tools.fuzz.targets import Target, make_targets


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """The targets by name."""
    return {target.name: target for target in make_targets(tmp_path_factory.mktemp("fuzz"))}


@pytest.mark.parametrize(("name", "inputs"), [("CSV reader", 150), ("XML reader", 60), ("manifest", 400), ("whole intake", 15)])
def test_no_mutated_file_crashes_a_reader(name: str, inputs: int, targets: dict[str, Target]) -> None:
    found = fuzz(targets[name], seed=7, seconds=60, inputs=inputs)

    assert found.crashes == []
    assert found.counts.total() == inputs
    assert found.counts["refused"] > 0


def test_the_fuzzer_finds_a_crash(tmp_path: Path) -> None:
    def breaks(content: bytes, name: str) -> str:
        content.decode()
        return "rows"

    found = fuzz(Target("broken", {"a": b"abc"}, breaks), seed=1, seconds=10, inputs=200, keep=tmp_path)

    assert any("UnicodeDecodeError" in crash for crash in found.crashes)
    assert len(list(tmp_path.iterdir())) == len(found.crashes)


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, second = ([mutated(random.Random(number), b"a;b\n1;2\n", [b"xyz"]) for number in range(50)] for _ in range(2))

    assert first == second
    assert len(set(first)) > 30
