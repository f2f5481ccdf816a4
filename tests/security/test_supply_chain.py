"""What is installed is what the locks name, by hash; its licences are known."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.licences import PAGE, licence, locked

LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_a_hash_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text)

    assert len(entries) > 3
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?:|--index-url|--find-links| @ |git\+", text)


def test_every_installation_of_the_makefile_checks_hashes() -> None:
    lines = [line.strip() for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "pip install" in line]

    # uv resolves the locks and is no part of what runs; the project itself is installed without dependencies.
    unchecked = [line for line in lines if "--require-hashes" not in line and "--no-deps" not in line and not line.endswith(" uv")]
    assert len(lines) > 3
    assert unchecked == []


@pytest.mark.parametrize(("digest", "is_installed"), [("0" * 64, False), (None, True)], ids=["another file", "the file"])
def test_a_package_that_is_not_the_locked_file_is_not_installed(digest: str | None, is_installed: bool, tmp_path: Path) -> None:
    import hashlib

    wheel = tmp_path / "fictitious-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("fictitious.py", "")
        archive.writestr("fictitious-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: fictitious\nVersion: 1.0\n")
        archive.writestr("fictitious-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("fictitious-1.0.dist-info/RECORD", "")
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "lock").write_text(f"fictitious==1.0 --hash=sha256:{digest}\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "there"),
         "--disable-pip-version-check", "--require-hashes", "-r", str(tmp_path / "lock")], capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ((done.returncode == 0), (tmp_path / "there" / "fictitious.py").is_file()) == (is_installed, is_installed), done.stderr
    assert is_installed or "DO NOT MATCH" in done.stderr


def test_the_page_of_licences_lists_what_production_installs() -> None:
    listed = dict(re.findall(r"^\| ([\w.-]+) \| (\d[^ ]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))

    assert listed == {name: version for name, (version, _) in locked().items()}, "run `make sbom` and commit docs/generated/licences.md"


def test_every_package_tells_its_licence() -> None:
    assert [name for name in locked() if not licence(name)] == []
