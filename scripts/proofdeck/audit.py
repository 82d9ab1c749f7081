"""The audit: what on the slides cannot be seen, read or used, each with the line of its lecture.

It looks at what was built, in a real browser, so it finds what readers meet and not what the source
promises. It writes a contact sheet of each lecture, the quickest way to look at one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from proofdeck.browser import open_browser
from proofdeck.config import Config
from proofdeck.contact_sheet import contact_sheet
from proofdeck.errors import EXIT_USAGE, Place, ProofdeckError
from proofdeck.locate import Locator
from proofdeck.parse import parse
from proofdeck.walk import AXE, THEMES, Finding, Theme, Walk, look_at_figures, walk_deck

ADVICE = {
    "outside": ("{what} runs out of the slide", "Shorten the slide, or cut it in two."),
    "hiding": ("a box hides a part of {what}", "Shorten it, or give it more room."),
    "overlap": ("{what} lies over “{more}”", "Take something off the slide."),
    "tiny": (
        "{what} is set in {more}: too small for the last row",
        "Let text be 18 px or more, code 14 px; a figure may need more room.",
    ),
    "faint": (
        "{what} has a contrast of only {more}",
        "Let text differ from its background by 4.5, large text by 3.",
    ),
    "line": ("a line in {what} has a contrast of only {more}", "Let lines differ by 3 or more."),
    "alt": ("{what} has no text for who cannot see it", "Say with `fig-alt` what it shows."),
    "missing": ("the picture {what} cannot be shown", "Mend its name, or its file."),
    "link": ("the link to {what} leads nowhere", "Mend or remove it."),
    "axe": ("{more}: {what}", "Mend the markup; axe-core's documentation says how, by that name."),
    "console": ("the browser complains: {what}", "Mend what it names."),
    "remote": ("the page asks another machine for {what}", "Put the file beside the lecture."),
}
"""Message and hint by kind of finding."""

OF_THE_PAGE = ("console", "remote")
"""Kinds that no place in the lecture is known for."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in one lecture."""

    name: str
    slides: int
    errors: tuple[ProofdeckError, ...]
    sheets: tuple[Path, ...]


def audit(config: Config, paths: Sequence[str], jobs: int) -> list[Audit]:
    """Audit the built decks of the lectures at `paths`, `jobs` browsers at a time.

    Raises ProofdeckError (exit code 2) where a deck is not built.
    """
    if not AXE.is_file():
        raise ProofdeckError("axe-core is missing", "Run `make setup`.", exit_code=EXIT_USAGE)
    for path in paths:
        if not _deck(config, path).is_file():
            name = Path(path).stem
            message = f"{name} has no deck in {config.site.relative_to(config.root)}"
            raise ProofdeckError(message, "Build it: `make slides`.", exit_code=EXIT_USAGE)
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda path: _audit(config, path), paths))


def _deck(config: Config, path: str) -> Path:
    return config.site / Path(path).stem / "index.html"


def _audit(config: Config, path: str) -> Audit:
    lecture = parse(config, path)
    deck = _deck(config, path)
    findings: list[Finding] = []
    sheets: list[Path] = []
    with open_browser() as browser:
        for theme in THEMES:
            walk = walk_deck(browser, deck, theme)
            findings += walk.findings
            findings += look_at_figures(browser, deck, walk, theme)
            sheets.append(_write_sheet(config, lecture.name, theme, walk))
    errors = _errors(Locator(config, lecture), findings)
    return Audit(lecture.name, len(walk.thumbs), tuple(errors), tuple(sheets))


def _write_sheet(config: Config, name: str, theme: Theme, walk: Walk) -> Path:
    file = config.build / "audit" / f"{name}-{theme}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(contact_sheet(walk.thumbs))
    return file


def _errors(locator: Locator, findings: Iterable[Finding]) -> Iterator[ProofdeckError]:
    """One error for each line and kind of finding, in the order of the lecture.

    What is seen in several windows is said once, with the first of them.
    """
    grouped: dict[tuple[Place, str, str], list[Finding]] = {}
    for found in findings:
        what = found.what if found.kind in OF_THE_PAGE else ""
        grouped.setdefault((locator.place(found), found.kind, what), []).append(found)
    for (place, kind, _), group in sorted(grouped.items(), key=lambda item: item[0]):
        message, hint = ADVICE[kind]
        first = group[0]
        text = message.format(what=_quoted(first), more=first.more)
        others = len({found.what for found in group}) - 1
        more = f"; {others} more such" if others else ""
        yield ProofdeckError(f"{text} ({first.where}{more})", hint, place)


def _quoted(found: Finding) -> str:
    return found.what if found.kind in (*OF_THE_PAGE, "axe") else f"“{found.what}”"
