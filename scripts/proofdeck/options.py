"""Cell options: which there are, and what each lecture's defaults make of them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from proofdeck.config import Config
from proofdeck.errors import Notice, Place

USED = frozenset(
    "label id file show data eval echo output warning error include output-location timeout "
    "code-line-numbers code-fold code-summary fig-cap fig-alt classes sweep sweep-print "
    "exercise".split()
)
"""Options that change what a build does."""

QUARTO = frozenset(
    "code-overflow lst-label lst-cap panel fig-subcap fig-link tbl-cap tbl-subcap tbl-colwidths "
    "layout layout-ncol layout-nrow layout-align layout-valign cache freeze fig-width fig-height "
    "fig-align fig-format fig-dpi fig-pos message results collapse comment tags".split()
)
"""Quarto's and knitr's options that we read and do not act on yet."""

EXECUTE = ("eval", "echo", "output", "warning", "error", "include")
"""Options that the front matter's `execute:` may set for a whole lecture."""


def with_defaults(
    options: Mapping[str, Any], meta: Mapping[str, Any], config: Config, quarto: bool
) -> dict[str, Any]:
    """A cell's options, with the lecture's and the course's defaults below them."""
    lecture = meta.get("execute") or {}
    defaults = {"echo": config.echo and not quarto, **config.execute}
    defaults.update({key: lecture[key] for key in EXECUTE if key in lecture})
    return {**defaults, **options}


def check_options(options: Mapping[str, Any], place: Place) -> list[Notice]:
    """A warning for each option that is unknown or has no effect here."""
    notices = []
    for key in options:
        if key in USED:
            continue
        if key in QUARTO:
            notices.append(Notice(place, f"option {key!r} has no effect here"))
            continue
        near = difflib.get_close_matches(str(key), sorted(USED | QUARTO), 1, cutoff=0.5)
        meant = f"; did you mean {near[0]!r}?" if near else "; see the authoring guide"
        notices.append(Notice(place, f"unknown option {key!r}{meant}"))
    return notices
