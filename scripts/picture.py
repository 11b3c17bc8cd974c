"""Take docs/report.png, the top of a real report, with a Chromium that is there: scripts/picture.py REPORT.html."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "report.png"
WIDTH, TALL = 1100, 1400
BELOW = """() => {
  const next = [...document.querySelectorAll('p, div')].find(e => e.textContent.trim().startsWith('Next:'));
  return next ? next.getBoundingClientRect().top : 0;
}"""


def main() -> int:
    """Everything above the line with the next command, which names folders of this machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="a report.html, such as the one that `make demo` names")
    given = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("there is no Chromium on this machine", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        page = tool.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page(
            viewport={"width": WIDTH, "height": TALL}
        )
        page.goto(given.report.resolve().as_uri())
        height = float(page.evaluate(BELOW) or TALL)
        page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": WIDTH, "height": height - 12})
    print(PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
