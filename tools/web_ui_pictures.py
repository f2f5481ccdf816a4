"""`make pictures`: the pictures of docs/web_ui.md, from the real web UI on fictitious deliveries in a temporary home.

Needs Debian's package chromium, and a few minutes. A file of the lake is cut in half, so that a run fails, then put back, and the run is
executed again.
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path

from repat_pipeline.defs.execution import run_pipeline
from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.plan import SynthesisPlan
from repat_pipeline.synthetic.population import write_deliveries
from tools.web_ui import Browser, browse, serve

_PICTURES = Path(__file__).resolve().parents[1] / "docs" / "images"
_AS_OF = "2026-11-22"
_SETTLED_MS = 7000
_WITHOUT_PATHS = """(folders) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        for (const folder of folders) texts.currentNode.data = texts.currentNode.data.replaceAll(folder + "/", "");
    }
}"""


def main() -> None:
    """Make every picture anew."""
    os.environ.update(
        REPAT_NOW=f"{_AS_OF}T12:00:00+01:00", REPAT_AS_OF=_AS_OF, REPAT_KEY="a key for pictures only, of no secrecy at all"
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="repat-pictures-") as folder:
        home, inbox = Home(Path(folder) / "home"), Path(folder) / "inbox"
        write_deliveries(SynthesisPlan(municipalities=4, persons=200, seed=7, as_of=date.fromisoformat(_AS_OF)), inbox)
        run_pipeline(home, inbox, as_of=date.fromisoformat(_AS_OF))
        with serve(home.root, inbox, Path(folder) / "log") as ui, browse(ui) as browser:
            _take(browser, home)


def _take(browser: Browser, home: Home) -> None:
    browser.open("/asset-groups", "landing")
    _save(browser, "graph")
    lake_file = min((home.lake / "accepted" / "uip" / "opholdstilladelser").glob("*/*.parquet"))
    municipality = lake_file.parent.name
    browser.open(f"/assets/uip/opholdstilladelser?view=partitions&partition={municipality}", "98 Partitions Selected")
    _save(browser, "partitions")
    browser.open("/assets/uip/opholdstilladelser?view=checks&checkDetail=matches_contract", "matches_contract")
    _save(browser, "checks")
    whole = lake_file.read_bytes()
    lake_file.write_bytes(whole[: len(whole) // 2])
    browser.wait_for_run(browser.materialize("eligibility"))
    _save(browser, "failed_run")
    lake_file.write_bytes(whole)
    browser.wait_for_run(browser.execute_again())
    _save(browser, "recovered_run")
    browser.open("/assets/eligibility", "Definition")
    _save(browser, "asset")


def _save(browser: Browser, name: str) -> None:
    # Pages fill in step by step, and nothing says when they are done. Where the program lies on this machine is nobody's business.
    browser.page.wait_for_timeout(_SETTLED_MS)
    browser.page.evaluate(_WITHOUT_PATHS, [sys.prefix, str(_PICTURES.parents[1])])
    browser.page.screenshot(path=_PICTURES / f"web_ui_{name}.png")


if __name__ == "__main__":
    main()
