"""docs/security.md names a test for every attack, and every test of this folder stands there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "security.md"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))))


def functions_of(path: Path) -> set[str]:
    """Names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    assert name in functions_of(ROOT / file)


def test_every_test_of_this_folder_stands_on_the_page() -> None:
    here = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for name in functions_of(path)
    }

    assert here - set(NAMED) == set()


def test_every_line_of_the_attack_table_has_an_attack_an_expectation_a_test_and_a_result() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "::test_" in line]

    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert [line for line, parts in zip(lines, cells, strict=True) if len(parts) != 4 or not all(parts)] == []
