"""The web UI has no log-in of its own: it is served on loopback or not at all."""

from __future__ import annotations

import pytest

from repat_pipeline.defs.webserver import is_loopback, main


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_served(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "repat.example.dk", ""])
def test_anything_else_is_refused_with_what_to_do(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--workspace", "workspace.yaml", "--host", host])

    assert ended.value.code == 2
    assert "put a proxy with a log-in before it" in capsys.readouterr().err
