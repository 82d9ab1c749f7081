"""`make bench`, third part: from saving a file to the screen, in the system's Chromium."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from helpers import make_course
from previews import FRONT, Previewed, latencies, timed_lecture, told
from proofdeck.browser import open_browser


def main() -> None:
    """Measure, and print with what the project promises."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=10)
    runs = arguments.parse_args().runs
    with (
        tempfile.TemporaryDirectory(prefix="proofdeck-bench-") as folder,
        open_browser() as browser,
    ):
        make_course(Path(folder), FRONT + "\n".join(timed_lecture(0, 0)))
        preview = Previewed(Path(folder), browser.new_context())
        try:
            # Who saves has read what came after the last time.
            found = latencies(preview, runs, lambda: time.sleep(1.5))
        finally:
            preview.stop()
    print("\n".join(["Preview (targets: prose 0.2 s, snippet 0.3 s)", *told(found)]))


if __name__ == "__main__":
    sys.exit(main())
