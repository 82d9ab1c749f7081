"""The YAML at the top of a lecture, read and checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from proofdeck.errors import Notice, Place, ProofdeckError

KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "seed": ((int,), "a whole number, as in `seed: 7`"),
    "threads": ((int,), "a whole number, as in `threads: 2`"),
    "slide-level": ((int,), "a whole number, as in `slide-level: 2`"),
    "memory": ((int, float), "a number of GiB, as in `memory: 8`"),
    "timeout": ((int, float), "a number of seconds, as in `timeout: 60`"),
    "execute": ((dict,), "options below it, as in `execute:` and `  echo: false`"),
    "bibliography": ((str, list), "a file or a list of files, as in `bibliography: all.bib`"),
    "csl": ((str,), "a file, as in `csl: nature.csl`"),
}
"""What a build itself reads, with the types that it can use; YAML's own are told apart."""

SHOWN = "title subtitle author institute date abstract lang theme css handout format".split()
"""What the documents read."""

REVEAL_OPTIONS = (
    "center controls height loop margin navigation-mode progress slide-number transition "
    "background-transition width".split()
)
"""Keys of `format.revealjs` that go to reveal.js as they are."""

SLIDE_CLASSES = ("smaller", "scrollable")
"""Keys of `format.revealjs` that do to every slide what the class does to one."""


def front_matter(path: str, text: str) -> tuple[Mapping[str, Any], int]:
    """The front matter of the lecture `text`, and the number of the first line below it.

    Raises ProofdeckError where it is not YAML, or a value is of the wrong type.
    """
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return {}, 1
    closing = (n for n, line in enumerate(lines[1:], 2) if line.rstrip() in ("---", "..."))
    end = next(closing, None)
    if end is None:
        raise ProofdeckError(
            "the front matter is not closed", "End it with a line `---`.", Place(path, 1)
        )
    try:
        meta = yaml.safe_load("\n".join(lines[1 : end - 1])) or {}
    except yaml.YAMLError as error:
        raise yaml_error("the front matter is not YAML", path, error, 2) from None
    if not isinstance(meta, dict):
        raise ProofdeckError(
            "the front matter is not a list of `key: value` lines",
            "Write for instance `title: Vanishing gradients`.",
            Place(path, 2),
        )
    _check(path, meta, text)
    return meta, end + 1


def deck_settings(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """`format.revealjs` of the front matter."""
    formats = meta.get("format")
    settings = formats.get("revealjs") if isinstance(formats, dict) else None
    return settings if isinstance(settings, dict) else {}


def unused(path: str, meta: Mapping[str, Any], text: str) -> list[Notice]:
    """A warning for each key that nothing reads: Quarto has many that we have not."""
    own = (*KINDS, *SHOWN)
    of_deck = (*REVEAL_OPTIONS, *SLIDE_CLASSES, "incremental", "theme", "css")
    known = dict.fromkeys(meta, own) | dict.fromkeys(deck_settings(meta), of_deck)
    notices = []
    for key, names in known.items():
        if key not in names:
            near = difflib.get_close_matches(str(key), names, 1, cutoff=0.8)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            what = f"{key!r} in the front matter has no effect here{meant}"
            notices.append(Notice(key_place(path, text, key), what))
    return notices


def key_place(path: str, text: str, key: str) -> Place:
    """Where the front matter of the lecture `text` says `key`, be it below another."""
    numbered = enumerate(text.splitlines(), 1)
    return Place(path, next((n for n, line in numbered if line.lstrip().startswith(f"{key}:")), 1))


def yaml_error(what: str, path: str, error: yaml.YAMLError, first: int) -> ProofdeckError:
    """YAML's complaint at its line of the file; `first` is where the YAML text begins."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    return ProofdeckError(
        f"{what}: {problem}",
        "Check indentation, and put quotes around text that holds `: ` or starts with a sign.",
        Place(path, first + (mark.line if mark else 0)),
    )


def _check(path: str, meta: Mapping[str, Any], text: str) -> None:
    for key, (types, wanted) in KINDS.items():
        value = meta.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, types)):
            raise ProofdeckError(
                f"`{key}: {value}` cannot be used", f"Write {wanted}.", key_place(path, text, key)
            )
