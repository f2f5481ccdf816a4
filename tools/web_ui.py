"""The web UI on a home, and a real browser on it: what the browser test and the pictures of docs/web_ui.md are made with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

_ROOT = Path(__file__).resolve().parents[1]
# No request of the browser itself: updates, synchronisation, safe browsing.
_QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_START_SECONDS = 120


@dataclass(frozen=True)
class WebUi:
    """A web UI that answers on loopback."""

    url: str

    def ask(self, query: str) -> Any:
        """What the server answers to a GraphQL query."""
        request = urllib.request.Request(
            f"{self.url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    def run_status(self, run_id: str) -> str:
        """Status of a run as Dagster names it (`SUCCESS`, `FAILURE`, ...)."""
        return str(self.ask(f'{{runOrError(runId: "{run_id}") {{... on Run {{status}}}}}}')["runOrError"]["status"])

    def backfill_status(self, backfill_id: str) -> str:
        """Status of a backfill as Dagster names it (`REQUESTED`, `COMPLETED_SUCCESS`, ...)."""
        query = f'{{partitionBackfillOrError(backfillId: "{backfill_id}") {{... on PartitionBackfill {{status}}}}}}'
        return str(self.ask(query)["partitionBackfillOrError"]["status"])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serve(home: Path, inbox: Path, log: Path) -> Iterator[WebUi]:
    """Web server, daemon and code location on a home, as `make dev` starts them, until the block ends.

    Raises:
        TimeoutError: the code location did not load.
    """
    port = _free_port()
    ui = WebUi(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "repat_pipeline.defs.dev", "--home", str(home), "--inbox", str(inbox), "--port", str(port)]
    # `dagster dev` starts `dagster-webserver` by name.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with log.open("w") as stream:
        services = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=stream, stderr=stream, start_new_session=True)
    try:
        _wait_until_loaded(ui, services)
        yield ui
    finally:
        services.send_signal(signal.SIGINT)
        try:
            services.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(services.pid, signal.SIGKILL)
            services.wait()


def _wait_until_loaded(ui: WebUi, services: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and services.poll() is None:
        try:
            if ui.ask("{repositoriesOrError {__typename}}")["repositoriesOrError"]["__typename"] == "RepositoryConnection":
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the web UI did not answer; see its log")


@dataclass
class Browser:
    """A page of a headless browser on a web UI, and what it noticed.

    Attributes:
        foreign: addresses other than the web UI's that the page asked for.
        errors: errors on the page's console.
    """

    ui: WebUi
    page: Page
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str, shows: str) -> None:
        """Open a page and wait until it shows a text."""
        self.page.goto(self.ui.url + path)
        self.page.get_by_text(shows, exact=True).first.wait_for()

    def materialize_everything(self) -> str:
        """Click "Materialize all" in the graph, for all municipalities.

        Returns:
            The id of the backfill.
        """
        self.open("/asset-groups", "landing")
        self.page.get_by_role("button", name="Materialize all").click()
        self.page.get_by_role("button", name="All", exact=True).click()
        self.page.get_by_role("button", name="Launch backfill").click()
        said = self.page.get_by_text("Created backfill")
        said.wait_for()
        self.page.get_by_text("View", exact=True).click()
        self.page.wait_for_url("**/runs/b/*")
        return self.page.url.rstrip("/").rsplit("/", 1)[1].partition("?")[0]

    def materialize(self, asset: str) -> str:
        """Click "Materialize" on the page of an asset without partitions.

        Returns:
            The id of the run.
        """
        self.open(f"/assets/{asset}", "Definition")
        self.page.get_by_role("button", name="Materialize").first.click()
        self.page.get_by_text("View", exact=True).click()
        return self._opened_run()

    def execute_again(self) -> str:
        """Click "Re-execute all" on the page of a run that has ended.

        Returns:
            The id of the new run.
        """
        before = self.page.url
        self.page.get_by_role("button", name="Re-execute").click()
        self.page.wait_for_url(lambda url: url != before and "/runs/" in url)
        return self._opened_run()

    def _opened_run(self) -> str:
        self.page.wait_for_url("**/runs/*-*")
        return self.page.url.rsplit("/", 1)[1].partition("?")[0]

    def wait(self, status: Any, ended: tuple[str, ...], seconds: float) -> str:
        """Wait until `status()` is one of `ended`.

        Raises:
            TimeoutError: it is not, in time.
        """
        end = time.monotonic() + seconds
        while (now := status()) not in ended:
            if time.monotonic() > end:
                raise TimeoutError(f"still {now} after {seconds:.0f} s")
            time.sleep(1)
        return str(now)

    def wait_for_run(self, run_id: str, seconds: float = 120) -> str:
        """Status of a run once it has ended."""
        return self.wait(lambda: self.ui.run_status(run_id), ("SUCCESS", "FAILURE", "CANCELED"), seconds)

    def wait_for_backfill(self, backfill_id: str, seconds: float = 400) -> str:
        """Status of a backfill once it has ended."""
        ended = ("COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED", "COMPLETED")
        return self.wait(lambda: self.ui.backfill_status(backfill_id), ended, seconds)


@contextmanager
def browse(ui: WebUi, chromium: str | None = None) -> Iterator[Browser]:
    """Debian's Chromium without a window, on a web UI."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium or shutil.which("chromium"), args=_QUIET)
        page = started.new_page(viewport={"width": 1440, "height": 900}, timezone_id="Europe/Copenhagen", locale="en-GB")
        page.set_default_timeout(60_000)
        browser = Browser(ui, page)

        def on_request(request: Request) -> None:
            if not request.url.startswith((ui.url, ui.url.replace("http", "ws"), "data:", "blob:")):
                browser.foreign.append(request.url)

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                browser.errors.append(message.text)

        page.on("request", on_request)
        page.on("console", on_console)
        try:
            yield browser
        finally:
            started.close()
