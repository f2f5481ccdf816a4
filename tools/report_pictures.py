"""Make the pictures of docs/report.md anew: both reports at the width of a desk and of a phone (`python -m tools.report_pictures DIR`).

DIR is what `repat report --out DIR` wrote, of fictitious deliveries.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTHS = {"desk": (1200, 1500), "phone": (390, 1500)}


def make_pictures(reports: Path, chromium: str = "/usr/bin/chromium") -> None:
    """One picture per report and width: the desk in Danish and light, the phone in English and dark."""
    own = next(path for path in sorted(reports.glob("*/rapport.html")))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, path in (("national", reports / "rapport.html"), ("own", own)):
            for label, (width, height) in WIDTHS.items():
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if label == "phone" else "light")
                page.goto(path.as_uri())
                if label == "phone":
                    page.check("#english")
                page.screenshot(path=IMAGES / f"report_{name}_{label}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    make_pictures(Path(sys.argv[1]).resolve())
