"""Pseudonyms, and where their key comes from (spec/outbound.md sections 1-2)."""

from __future__ import annotations

import base64
import hmac
import re
import stat
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.identity.pseudonym import KeyUnusable, LoadedKey, PseudonymKey, _base32, load_key
from repat_pipeline.storage.layout import Home
from tests.support import person

SECRET = "a secret of the tests: at least 32 characters"
KEY = PseudonymKey(SECRET.encode())
PEOPLE = [person(serial) for serial in range(50)]


def key_file(folder: Path, text: str = SECRET, *, mode: int = 0o600) -> Path:
    """A key file of the operator."""
    path = folder / "operator.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def with_key_in_home(home: Home, text: str) -> Home:
    """A home whose key file holds a text."""
    home.key_file.parent.mkdir(parents=True)
    home.key_file.write_text(text, encoding="utf-8")
    home.key_file.chmod(0o600)
    return home


# -- pseudonyms --------------------------------------------------------------------------------------------------------


def test_pseudonyms_do_not_change_between_versions_of_the_program() -> None:
    # These stand in lakes and feeds: a change here gives every person a new reference.
    person_keys = KEY.person_keys(["6101800001"])
    assert (person_keys, KEY.person_refs("0751", person_keys)) == (["awuaffgaut7siszb2wbgnncfgb"], ["4xtsmbdh2po2xak2s5gqxb7tn6"])


@pytest.mark.parametrize("tokens", [KEY.person_keys(PEOPLE), KEY.person_refs("0751", PEOPLE)])
def test_a_pseudonym_is_26_characters_of_lower_case_base32(tokens: list[str]) -> None:
    assert all(re.fullmatch(r"[a-z2-7]{26}", token) for token in tokens)


def test_different_persons_have_different_keys() -> None:
    assert len(set(KEY.person_keys(PEOPLE))) == len(PEOPLE)


def test_another_secret_gives_other_keys() -> None:
    assert not set(KEY.person_keys(PEOPLE)) & set(PseudonymKey(b"another secret of at least 32 characters").person_keys(PEOPLE))


def test_a_person_has_another_reference_in_another_municipality() -> None:
    keys = KEY.person_keys(PEOPLE)
    assert not set(KEY.person_refs("0751", keys)) & set(KEY.person_refs("0461", keys))


def test_a_reference_is_never_a_key() -> None:
    assert not set(KEY.person_keys(PEOPLE)) & set(KEY.person_refs("0751", PEOPLE))


def test_keys_come_in_the_order_of_the_numbers() -> None:
    assert KEY.person_keys(PEOPLE[::-1]) == KEY.person_keys(PEOPLE)[::-1]


def test_a_key_is_never_shown() -> None:
    assert SECRET not in f"{KEY!r} {KEY} {LoadedKey(KEY, 'REPAT_KEY', False)!r}"


def test_fingerprints_tell_keys_apart() -> None:
    assert KEY.fingerprint != PseudonymKey(b"another secret of at least 32 characters").fingerprint


def test_a_fingerprint_is_no_part_of_the_key() -> None:
    assert re.fullmatch(r"[a-z2-7]{12}", KEY.fingerprint)


# -- where the key comes from ------------------------------------------------------------------------------------------


def test_the_environment_goes_before_every_file(home: Home, tmp_path: Path) -> None:
    environ = {"REPAT_KEY": SECRET, "REPAT_KEY_FILE": str(key_file(tmp_path, "x" * 40))}
    assert load_key(with_key_in_home(home, "y" * 40), environ) == LoadedKey(KEY, "REPAT_KEY", False)


def test_the_named_file_goes_before_the_one_in_home(home: Home, tmp_path: Path) -> None:
    path = key_file(tmp_path)
    assert load_key(with_key_in_home(home, "y" * 40), {"REPAT_KEY_FILE": str(path)}) == LoadedKey(KEY, str(path), False)


def test_a_line_end_after_the_key_is_no_part_of_it(home: Home, tmp_path: Path) -> None:
    assert load_key(home, {"REPAT_KEY_FILE": str(key_file(tmp_path, SECRET + "\n"))}).key == KEY


def test_the_first_command_makes_a_key_and_says_so(home: Home) -> None:
    assert load_key(home, {}).was_created


def test_a_key_that_was_made_is_readable_by_its_owner_only(home: Home) -> None:
    load_key(home, {})
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600


def test_the_next_command_uses_the_key_that_was_made(home: Home) -> None:
    made = load_key(home, {})
    assert load_key(home, {}) == LoadedKey(made.key, made.origin, False)


def test_two_homes_get_different_keys(tmp_path: Path) -> None:
    assert load_key(Home(tmp_path / "one"), {}).key != load_key(Home(tmp_path / "two"), {}).key


def test_no_key_is_made_where_the_environment_gives_one(home: Home) -> None:
    load_key(home, {"REPAT_KEY": SECRET})
    assert not home.key_file.exists()


def test_a_lake_without_its_key_gets_no_new_one(home: Home) -> None:
    (home.lake / "deliveries").mkdir(parents=True)
    with pytest.raises(KeyUnusable, match="restore the key"):
        load_key(home, {})


def test_a_named_file_that_is_missing_is_an_error(home: Home, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="REPAT_KEY_FILE"):
        load_key(home, {"REPAT_KEY_FILE": str(tmp_path / "nothing.key")})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_use_is_an_error(home: Home, tmp_path: Path, mode: int) -> None:
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_key(home, {"REPAT_KEY_FILE": str(key_file(tmp_path, mode=mode))})


def test_a_key_of_31_characters_is_too_short(home: Home) -> None:
    with pytest.raises(KeyUnusable, match="at least 32 characters, found 31"):
        load_key(home, {"REPAT_KEY": "k" * 31})


def test_a_key_of_32_characters_is_long_enough(home: Home) -> None:
    assert load_key(home, {"REPAT_KEY": "k" * 32}).key == PseudonymKey(b"k" * 32)


def test_blanks_do_not_make_a_key_longer(home: Home) -> None:
    with pytest.raises(KeyUnusable, match="found 8"):
        load_key(home, {"REPAT_KEY": "shortkey" + " " * 40})


def test_an_empty_key_file_is_an_error(home: Home) -> None:
    with pytest.raises(KeyUnusable, match="found 0"):
        load_key(with_key_in_home(home, ""), {})


def test_an_error_about_a_key_does_not_show_it(home: Home, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable) as caught:
        load_key(home, {"REPAT_KEY_FILE": str(key_file(tmp_path, "not-to-be-seen"))})
    assert "not-to-be-seen" not in "".join(traceback.format_exception(caught.value, limit=0))


def test_another_key_than_the_lake_was_made_with_is_an_error(home: Home) -> None:
    home.key_fingerprint.parent.mkdir(parents=True)
    home.key_fingerprint.write_text(KEY.fingerprint + "\n", encoding="utf-8")

    assert load_key(home, {"REPAT_KEY": SECRET}).key == KEY
    with pytest.raises(KeyUnusable, match="found another one"):
        load_key(home, {"REPAT_KEY": SECRET[::-1]})


@given(st.binary(min_size=32, max_size=32))
def test_a_pseudonym_is_the_start_of_base32_in_lower_case(digest: bytes) -> None:
    assert _base32(digest) == base64.b32encode(digest).decode("ascii").lower()[:26]


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_a_pseudonym_is_the_hmac_whatever_the_length_of_the_secret(length: int) -> None:
    secret = bytes(range(length))
    expected = [_base32(hmac.digest(secret, b"person_ref\x000751\x00" + text.encode(), "sha256")) for text in PEOPLE]
    assert PseudonymKey(secret).person_refs("0751", PEOPLE) == expected
