"""The settings file is read strictly: what nobody reads is an error, not a wish."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from repat_pipeline.operations.settings import SETTINGS_FILE, SettingsInvalid, load_settings


def changed(tmp_path: Path, **changes: object) -> Path:
    content = yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8")) | changes
    path = tmp_path / "municipalities.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_a_municipality_has_its_own_keys_and_else_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(changed(tmp_path, municipalities={"0751": {"cadence": "quarterly"}}))

    assert (settings.of("0751").cadence, settings.of("0461").cadence) == ("quarterly", "daily")
    assert settings.of("0751").release == settings.defaults.release


def test_only_those_that_chose_a_value_have_one(tmp_path: Path) -> None:
    settings = load_settings(changed(tmp_path, municipalities={"0751": {"closed_case_months": 6}}))

    assert settings.own_parameters == {"0751": {"closed_case_months": "6"}}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"municipalities": {"9999": {}}}, "found 9999"),
        ({"municipalities": {751: {}}}, 'codes of the 98 municipalities in quotes such as "0751"'),
        ({"municipalities": {"0751": {"cadense": "daily"}}}, "municipalities.0751.cadense"),
        ({"municipalities": {"0751": {"cadence": "hourly"}}}, "municipalities.0751.cadence"),
        ({"municipalities": {"0751": {"feed_channel": "pigeon"}}}, "municipalities.0751.feed_channel"),
        ({"municipalities": {"0751": {"closed_case_months": 0}}}, "municipalities.0751.closed_case_months"),
        ({"schedule": {"hour": 24, "minute": 0}}, "schedule.hour"),
        ({"defaults": None}, "expected the keys"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(changed(tmp_path, **changes))

    assert told in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="there is no file"):
        load_settings(tmp_path / "none.yaml")
