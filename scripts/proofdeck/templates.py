"""Templates and front-end assets: where they are, and how they get into pages.

Assets are shared by all lectures under names that carry a hash of their contents, so a page never
meets an older file of the same name. In a single-file deck they are data in the page itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from proofdeck.config import NPM, TEMPLATES
from proofdeck.errors import ProofdeckError
from proofdeck.theme import named_files

COMPILED = NPM.parent / "templates"
"""Where templates are kept as bytecode."""

KATEX = NPM / "node_modules" / "katex" / "dist"
CSS_URL = re.compile(
    r"""url\(["']?(?P<path>fonts/[^"')]+)["']?\)(?P<format> ?format\([^)]*\))?,?"""
)
MIME = {"woff2": "font/woff2", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}


@cache
def environment() -> Environment:
    """Jinja with autoescape on, and a filter for Typst's string literals."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_compiled(),
    )
    made.filters["typst_string"] = typst_string
    return made


def _compiled() -> FileSystemBytecodeCache | None:
    """None where nothing can be kept."""
    with suppress(OSError):
        COMPILED.mkdir(parents=True, exist_ok=True)
    return FileSystemBytecodeCache(str(COMPILED)) if os.access(COMPILED, os.W_OK) else None


def render(template: str, **values: Any) -> str:
    """Render a file of templates/."""
    return environment().get_template(template).render(**values)


def typst_string(text: str) -> Markup:
    """A Typst string literal; not escaped for HTML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Markup(f'"{escaped}"')


@cache
def _names() -> Mapping[str, str]:
    package = json.loads((TEMPLATES / "package.json").read_text("utf-8"))
    names: Mapping[str, str] = package["proofdeck"]["assets"]
    return names


@cache
def _read(name: str) -> bytes:
    """An asset by its logical name, as the package or templates/ has it."""
    path = _names()[name]
    file = (NPM if path.startswith("node_modules/") else TEMPLATES) / path
    try:
        return file.read_bytes()
    except OSError:
        raise ProofdeckError(f"front-end asset {name} is missing", "Run `make setup`.") from None


@cache
def asset_files() -> tuple[tuple[str, str, bytes], ...]:
    """Logical name, published name and contents of every asset."""
    return tuple(
        (name, _published(name, data), data)
        for name in _names()
        for data in [_css(name) if name.endswith(".css") else _read(name)]
    )


def forget() -> None:
    """Read assets again: the preview watches them."""
    _names.cache_clear()
    _read.cache_clear()
    asset_files.cache_clear()


def asset_urls(prefix: str) -> dict[str, str]:
    """URL of each asset by logical name, for a page that sees the site's root at `prefix`."""
    return {name: f"{prefix}assets/{published}" for name, published, _ in asset_files()}


def inline_assets() -> dict[str, Markup]:
    """Text of each stylesheet and script, fonts inside, for a deck in one file."""
    made = {}
    for name in _names():
        if name.endswith(".css"):
            text = CSS_URL.sub(_inline_font, _read(name).decode())
            made[name] = Markup(text.replace("</style", "<\\/style"))
        elif name.endswith(".js"):
            made[name] = Markup(_read(name).decode().replace("</script", "<\\/script"))
    return made


def own_css(root: Path, sheets: Iterable[str]) -> Markup:
    """A course's own style sheets as text, the files that they name inside."""
    texts = []
    for sheet in sheets:
        text = (root / sheet).read_text("utf-8")
        for written, file in named_files(root, sheet):
            url = data_url((root / file).read_bytes(), Path(file).suffix.removeprefix("."))
            text = text.replace(written, f'url("{url}")')
        texts.append(text.replace("</style", "<\\/style"))
    return Markup("\n".join(texts))


def data_url(data: bytes, extension: str) -> str:
    """`data` as a URL that needs no file."""
    encoded = base64.b64encode(data).decode()
    return f"data:{MIME.get(extension, 'application/octet-stream')};base64,{encoded}"


def _css(name: str) -> bytes:
    return CSS_URL.sub(_hashed_font, _read(name).decode()).encode()


def _hashed_font(match: re.Match[str]) -> str:
    """Only woff2 is published: every browser that runs reveal.js reads it."""
    path = match["path"]
    if path not in _names():
        return ""
    published = _published(path, _read(path))
    return f'url("{published}"){match["format"] or ""}'


def _inline_font(match: re.Match[str]) -> str:
    path = match["path"]
    if path not in _names():
        return ""
    return f'url("{data_url(_read(path), "woff2")}"){match["format"] or ""}'


def _published(name: str, data: bytes) -> str:
    stem, _, extension = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{extension}"
