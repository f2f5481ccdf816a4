"""Hostile deliveries through the real intake: refused or taken in as plain data, never followed, run, unpacked or a reason to crash.

Readers alone are tested in tests/unit/extracts; the table of attacks is docs/security.md.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts import tables
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.intake import InboxState, Intake, look_at_inbox, take_in
from repat_pipeline.storage.layout import Home
from tests.support import MUNICIPALITY, deliver_fagsystem, deliver_uip, hashes, payments, permit, person, resident
from tests.unit.extracts.conftest import change_file, change_manifest, read_manifest_of

PAYMENTS = load_table_contract("fagsystem", "ydelser")
WHO = person()
OTHER = "0461"
Attack = Callable[[Path], object]


def deliver(inbox: Path) -> Path:
    """A fagsystem delivery with nothing wrong."""
    return deliver_fagsystem(inbox, borgere=[resident(WHO)], ydelser=payments(WHO, "2026-01", 3, effektuering_id="E-1")[:1])


def take(home: Home, inbox: Path, source: str = "fagsystem") -> Intake:
    """Take in what lies there."""
    return take_in(home, inbox, source=source, municipalities=[MUNICIPALITY, OTHER])


def reasons(intake: Intake) -> list[Reason]:
    """The reasons of the one delivery that is refused."""
    (refused,) = intake.refused
    assert intake.accepted == []
    return refused.reasons


def codes(intake: Intake) -> set[str]:
    """The codes of these."""
    return {reason.code for reason in reasons(intake)}


def renamed(folder: Path, old: str, new: str) -> None:
    """Give a file another name, in the manifest too."""
    (folder / old).rename(folder / new)
    files = [entry | {"name": new} if entry["name"] == old else entry for entry in read_manifest_of(folder)["files"]]
    change_manifest(folder, files=files)


# -- names and places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../../../outside.csv", "/etc/hostname", "..", "a/b.csv", "*.csv", "[ydelser].csv", "{a,b}.csv", "y?.csv", "$(reboot).csv",
     "'; drop table borgere; --.csv", "<img src=x>.csv", "ydelser.csv\u202e", "C:\\ydelser.csv"],
)  # fmt: skip
def test_a_name_in_the_manifest_that_is_no_plain_name_is_refused_and_nothing_outside_is_read(name: str, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    outside = inbox.parent / "outside.csv"
    shutil.copyfile(folder / "ydelser.csv", outside)
    files = [entry | {"name": name} if entry["table"] == "ydelser" else entry for entry in read_manifest_of(folder)["files"]]
    change_manifest(folder, files=files)

    assert "unsafe_name" in codes(take(home, inbox)) or not name.isprintable()
    assert not list(home.lake.glob("accepted/**/*.parquet"))


@pytest.mark.parametrize("name", ["*.csv", "[y]delser.csv", "$(id).csv", "'; drop table borgere; --.csv", "<script>.csv", "-rf", "y\n.csv"])
def test_a_file_whose_name_means_something_elsewhere_is_refused_and_kept_apart(name: str, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    (folder / "ydelser.csv").rename(folder / name)

    assert codes(take(home, inbox)) >= {"file_missing", "file_extra"}
    assert not list(home.lake.glob("accepted/**/*.parquet"))


def test_a_file_name_that_is_no_text_is_refused_and_does_not_stop_the_others(home: Home, inbox: Path) -> None:
    with open(os.fsencode(deliver(inbox)) + b"/\xff\xfe.csv", "w") as extra:
        extra.write("x")
    deliver_fagsystem(inbox, municipality=OTHER, borgere=[resident(WHO, kommunekode=OTHER)])

    intake = take(home, inbox)

    assert [accepted.record.municipality_code for accepted in intake.accepted] == [OTHER]
    assert {reason.code for reason in intake.refused[0].reasons} == {"file_extra", "unsafe_name"}
    assert [refused.reasons for refused in look_at_inbox(home, inbox).refused] == [intake.refused[0].reasons]


@pytest.mark.parametrize("name", ["{}", "{}-a", "levering-{}"])
def test_a_delivery_id_that_holds_a_cpr_number_is_no_delivery(name: str, home: Home, inbox: Path) -> None:
    deliver(inbox).rename(inbox / MUNICIPALITY / "fagsystem" / name.format(WHO))

    state = look_at_inbox(home, inbox)

    assert state.unseen == []
    assert ["CPR number" in stray.why and WHO not in stray.path for stray in state.strays] == [True]


def test_a_delivery_id_with_a_date_and_a_time_is_a_delivery(home: Home, inbox: Path) -> None:
    names = ["20261102T0600", "20261102060000", "2026110206", "20261102-0600"]
    for name in names:
        deliver_fagsystem(inbox, delivery_id=name, borgere=[resident(WHO)])

    assert [folder.name for folder in look_at_inbox(home, inbox).unseen] == sorted(names)


@pytest.mark.parametrize("kind", ["link", "link to itself", "folder", "pipe", "socket"])
@pytest.mark.parametrize("what", ["manifest.json", "ydelser.csv"])
def test_a_name_that_is_no_file_is_refused_without_being_opened(what: str, kind: str, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    shutil.move(folder / what, inbox.parent / what)
    make_special(folder / what, kind, target=inbox.parent / what)

    assert codes(take(home, inbox)) & {"link", "sub_folder", "special_file"}
    assert [path.name for path in (home.root / "refused").rglob("*") if path.is_symlink()] == []


def make_special(path: Path, kind: str, *, target: Path) -> None:
    """Put something there that is no file."""
    import socket

    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        before = os.getcwd()
        os.chdir(path.parent)  # the path of a socket is short
        try:
            socket.socket(socket.AF_UNIX).bind(path.name)
        finally:
            os.chdir(before)
    else:
        path.symlink_to(path.name if kind == "link to itself" else target)


@pytest.mark.parametrize("kind", ["link", "link to itself", "folder", "pipe"])
def test_the_sensor_s_key_of_a_manifest_that_is_no_file_is_made_without_waiting(kind: str, inbox: Path, home: Home) -> None:
    from repat_pipeline.defs.automation.sensors import deliveries_key

    folder = deliver(inbox)
    (folder / "manifest.json").unlink()
    make_special(folder / "manifest.json", kind, target=Path("/dev/zero"))

    assert len(deliveries_key(look_at_inbox(home, inbox).unseen)) == 32


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_delivery_that_may_not_be_read_is_named_and_does_not_stop_the_others(tmp_path_factory: pytest.TempPathFactory) -> None:
    import tempfile

    root = Path(tempfile.mkdtemp(prefix="repat-inbox-"))
    try:
        locked = deliver(root)
        deliver_fagsystem(root, municipality=OTHER, borgere=[])
        for path in (root, *root.rglob("*")):
            path.chmod(0o755)
        locked.chmod(0)
        with as_nobody():
            state: InboxState = look_at_inbox(Home(root / "home"), root)
        locked.chmod(0o755)
    finally:
        shutil.rmtree(root)

    assert [folder.municipality for folder in state.unseen] == [OTHER]
    assert ["cannot be read" in stray.why for stray in state.strays] == [True]


# -- what changes under our hands ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["other rows", "a link", "gone"])
def test_a_delivery_that_changes_while_it_is_read_is_refused_and_read_again(
    change: str, home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(inbox)
    path, read_table = folder / "ydelser.csv", tables.read_table
    secret = inbox.parent / "secret.csv"
    secret.write_text(path.read_text(encoding="utf-8").replace("11000,00", "99999,00"), encoding="utf-8")

    def swapped(*arguments: object, **more: object) -> object:
        # The sender's move between the check of the hash and the reading of the rows.
        if path.exists() and not path.is_symlink():
            path.unlink()
            if change == "a link":
                path.symlink_to(secret)
            elif change == "other rows":
                shutil.copyfile(secret, path)
        return read_table(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(tables, "read_table", swapped)
    assert codes(take(home, inbox)) == {"changed_while_read"}
    assert not list(home.lake.glob("accepted/**/*.parquet"))
    assert not list((home.root / "refused").rglob("*.csv*"))

    monkeypatch.undo()
    shutil.rmtree(folder)
    deliver(inbox)
    monkeypatch.setenv("REPAT_NOW", "2026-11-22T12:00:00+01:00")
    assert len(take(home, inbox).accepted) == 1


def test_a_manifest_from_the_future_with_a_byte_order_mark_does_not_stop_the_next_run(home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    change_manifest(folder, extracted_at="2026-11-23T12:00:00+01:00")
    (folder / "manifest.json").write_bytes(b"\xef\xbb\xbf" + (folder / "manifest.json").read_bytes())

    assert codes(take(home, inbox)) == {"extracted_at_future"}
    assert len(look_at_inbox(home, inbox).refused) == 1


# -- size ---------------------------------------------------------------------------------------------------------------


def test_a_folder_of_ten_thousand_files_is_one_reason(home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    for number in range(2_000):
        (folder / f"x{number}").touch()

    assert [reason.code for reason in reasons(take(home, inbox))] == ["limit_files"]
    assert len(list((home.root / "refused").rglob("x*"))) <= 101


@pytest.mark.parametrize("entry", [{}, {"name": "a", "table": "t", "rows": 0, "bytes": 0, "sha256": "0" * 64}], ids=["empty", "whole"])
def test_a_manifest_of_a_hundred_thousand_entries_is_one_reason(entry: dict[str, object], home: Home, inbox: Path) -> None:
    change_manifest(deliver(inbox), files=[entry] * (1_000_000 // (len(json.dumps(entry)) + 2)))

    assert [reason.code for reason in reasons(take(home, inbox))] == ["manifest_invalid"]


@pytest.mark.parametrize("text", ["[" * 500_000, '{"a":' * 150_000, '{"a":' + "9" * 900_000 + "}", '{"a":1e999999}', '{"a":NaN}', ""])
def test_a_manifest_that_is_made_to_break_its_parser_is_invalid(text: str, home: Home, inbox: Path) -> None:
    (deliver(inbox) / "manifest.json").write_text(text, encoding="utf-8")

    assert "manifest_invalid" in codes(take(home, inbox))


def test_a_header_of_a_million_columns_is_refused(home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    change_file(folder, "ydelser.csv", b";".join([b"x"] * 1_000_000) + b"\n")

    assert codes(take(home, inbox)) >= {"header_differs", "limit_line_bytes"}


@pytest.mark.parametrize("line", [b"\n", b";;;;;\n", b"x\n", b'"\n'], ids=["blank", "empty fields", "one letter", "quotes"])
def test_a_file_of_the_shortest_lines_is_refused(line: bytes, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    head = (folder / "ydelser.csv").read_bytes().splitlines()[0] + b"\n"
    change_file(folder, "ydelser.csv", head + line * 40_000)

    assert codes(take(home, inbox)) & {"ragged_line", "too_many_rejected"}


def test_a_file_of_the_shortest_lines_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "ydelser.csv"
    path.write_bytes(b";".join(name.encode() for name in PAYMENTS.column_names) + b"\n" + b";;;;;\n" * 2_000_000)
    program = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from repat_pipeline.contracts.inbound import load_table_contract\n"
        "from repat_pipeline.extracts.reader import read_table\n"
        "contract = load_table_contract('fagsystem', 'ydelser')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "rows = sum(frame.height for frame in read_table(Path(sys.argv[1]), contract, has_quotes=False))\n"
        "sys.stdout.write(f'{rows} {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024}')\n"
    )

    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)

    rows, rise_mib = map(int, done.stdout.split())
    assert rows == 2_000_000
    assert rise_mib < 250


# -- other forms --------------------------------------------------------------------------------------------------------


def zipped(content: bytes) -> bytes:
    """A zip file that holds it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ydelser.csv", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"), [("ydelser.csv", gzip.compress), ("ydelser.csv.gz", gzip.compress), ("ydelser.zip", zipped), ("ydelser.xlsx", zipped)]
)
def test_an_archive_is_refused_and_never_unpacked(name: str, pack: Callable[[bytes], bytes], home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    bomb = pack(b"0" * 10_000_000)
    change_file(folder, "ydelser.csv", bomb)
    if name != "ydelser.csv":
        renamed(folder, "ydelser.csv", name)
    tracemalloc.start()

    refused = codes(take(home, inbox))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused & {"not_utf8", "nul_byte"}
    assert peak < 9_000_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7-like", "mixed"])
def test_another_or_a_mixed_encoding_is_refused(encoding: str, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    text = (folder / "borgere.csv").read_text(encoding="utf-8")
    content = {
        "mixed": text.encode() + "Sæby;;;;;;;\n".encode() + "Sæby;;;;;;;\n".encode("latin-1"),
        "utf-7-like": ("+/v8-" + text).encode("ascii"),
    }.get(encoding) or text.encode(encoding)
    change_file(folder, "borgere.csv", content)

    assert codes(take(home, inbox)) & {"not_utf8", "nul_byte", "header_differs"}


@pytest.mark.parametrize("where", [b"\xef\xbb\xbf\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"], ids=["two BOMs", "BE", "LE"])
def test_a_wrong_byte_order_mark_is_refused(where: bytes, home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    change_file(folder, "borgere.csv", where + (folder / "borgere.csv").read_bytes())

    assert codes(take(home, inbox)) & {"not_utf8", "header_differs"}


# -- values -------------------------------------------------------------------------------------------------------------

NASTY = [
    "'; drop table marts.eligibility; --", "' or 1=1 --", "{{ 7*7 }}", "${jndi:ldap://x}", "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "[red]rich[/]", "[/]", "\x1b[31mred\x1b[0m", "%s%n", "../../x", "null",
    "NaN", "\u202eevil", "a" * 30_000,
]  # fmt: skip


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_a_value_that_looks_like_code_is_text_and_stays_it(value: str, home: Home, inbox: Path) -> None:
    deliver_uip(inbox, [permit(WHO, tilladelse_id=value, person_id=f"P{value}")])

    (accepted,) = take(home, inbox, "uip").accepted

    (path,) = home.lake.glob("accepted/uip/opholdstilladelser/**/*.parquet")
    assert accepted.record.tables["opholdstilladelser"].accepted == 1
    assert pl.read_parquet(path).select("tilladelse_id", "person_id").row(0) == (value, f"P{value}")


@pytest.mark.parametrize(
    "value", [value for value in NASTY if value not in ("null", "NaN") and len(value) < 100], ids=lambda value: value[:12]
)
def test_a_value_that_looks_like_code_where_a_code_belongs_is_rejected(value: str, home: Home, inbox: Path) -> None:
    deliver_uip(inbox, [permit(WHO), permit(person(1), status=value, statsborgerskab=value, gyldig_fra=value)])

    (accepted,) = take(home, inbox, "uip").accepted

    assert accepted.record.tables["opholdstilladelser"].rejected == 1


def test_inbox_and_neighbours_are_as_they_were_after_every_refusal(home: Home, inbox: Path) -> None:
    folder = deliver(inbox)
    change_manifest(folder, files=[{"name": "../../../x", "table": "ydelser", "rows": 1, "bytes": 1, "sha256": "0" * 64}])
    before = hashes(inbox)

    assert take(home, inbox).refused

    assert hashes(inbox) == before
    assert sorted(path.name for path in inbox.parent.iterdir()) == ["home", "inbox"]


def test_two_writers_of_one_inbox_never_give_half_a_delivery(home: Home, inbox: Path) -> None:
    """A sender that rewrites its delivery all the time: every intake accepts a whole one or refuses."""
    folder = deliver(inbox)
    contents = [folder.joinpath("ydelser.csv").read_bytes(), folder.joinpath("ydelser.csv").read_bytes().replace(b"11000,00", b"22000,00")]
    stop = threading.Event()

    def rewrite() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            folder.joinpath("ydelser.csv").write_bytes(contents[turn % 2])

    sender = threading.Thread(target=rewrite)
    sender.start()
    try:
        intakes = [take(home, inbox) for _ in range(10)]
    finally:
        stop.set()
        sender.join()

    wanted = hashlib.sha256(contents[0]).hexdigest()
    assert read_manifest_of(folder)["files"][1]["sha256"] == wanted
    for path in home.lake.glob("accepted/fagsystem/ydelser/**/*.parquet"):
        assert [str(amount) for amount in pl.read_parquet(path)["beloeb"]] == ["11000.00"]
    assert all(len(intake.accepted) + len(intake.refused) <= 1 for intake in intakes)
