"""What a lecture says of its looks: `theme:` and `css:`, written as in Quarto."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from proofdeck.config import Config
from proofdeck.errors import Notice, Place, ProofdeckError
from proofdeck.front_matter import deck_settings, key_place

THEMES = ("light", "dark")
NO_CHOICE = ("default", "none")
"""Names of Quarto's that leave the choice to the reader's system."""

URL = re.compile(r"""url\(\s*["']?(?!data:|https?:|#)(?P<path>[^"')]+?)["']?\s*\)""")
"""A file that a style sheet names."""


def chosen_theme(meta: Mapping[str, Any]) -> str:
    """`light` or `dark` where the lecture wants one; empty where the reader's system decides."""
    return next((name for name in _named(meta, "theme") if name in THEMES), "")


def stylesheets(config: Config, path: str, meta: Mapping[str, Any]) -> list[str]:
    """Paths of the course's and the lecture's own style sheets, relative to the root."""
    folder = Path(path).parent
    return [*config.css, *((folder / name).as_posix() for name in _named(meta, "css"))]


def named_files(root: Path, sheet: str) -> Iterator[tuple[str, str]]:
    """What a style sheet names: as it is written there, and relative to the root."""
    for found in URL.finditer((root / sheet).read_text("utf-8")):
        yield found[0], (Path(sheet).parent / found["path"]).as_posix()


def look_files(config: Config, path: str, meta: Mapping[str, Any]) -> list[str]:
    """Every file that the look of a lecture is made from.

    Raises ProofdeckError where one does not exist.
    """
    sheets = stylesheets(config, path, meta)
    for sheet in sheets:
        own = sheet in config.css
        if not (config.root / sheet).is_file():
            raise ProofdeckError(
                f"style sheet {sheet!r} does not exist",
                "Create it, or mend `css:`.",
                Place("pyproject.toml", 1) if own else _place(config.root, path, "css"),
            )
    named = [(sheet, file) for sheet in sheets for _, file in named_files(config.root, sheet)]
    for sheet, file in named:
        if not (config.root / file).is_file():
            message = f"{file!r}, which the style sheet names, does not exist"
            raise ProofdeckError(message, "Put it there, or mend its name.", Place(sheet, 1))
    return [*sheets, *(file for _, file in named)]


def unknown_themes(root: Path, path: str, meta: Mapping[str, Any]) -> list[Notice]:
    """Themes that we do not have."""
    return [
        Notice(
            _place(root, path, "theme"),
            f"theme {name!r} is not used: there are light and dark, and `css: file.css`",
        )
        for name in _named(meta, "theme")
        if name not in (*THEMES, *NO_CHOICE)
    ]


def _place(root: Path, path: str, key: str) -> Place:
    return key_place(path, (root / path).read_text("utf-8-sig"), key)


def _named(meta: Mapping[str, Any], key: str) -> list[str]:
    """A setting that is a name or a list of names."""
    value = deck_settings(meta).get(key, meta.get(key)) or []
    if isinstance(value, dict):  # Quarto: one for each of light and dark
        value = []
    return [str(name) for name in (value if isinstance(value, list) else [value])]
