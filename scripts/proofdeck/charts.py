"""Plotly's and Altair's figures: drawn by their own scripts in a deck, a picture elsewhere.

The scripts come from the author's own packages (Plotly's wheel, vl-convert), so they are of the
version that made the figure, need no network, and burden no course that does without them.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofdeck.errors import ProofdeckError

SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Kind:
    """A library of interactive figures."""

    name: str
    prefix: str
    """Of the MIME types of its figures; a version follows."""
    draws: str
    """The package that makes a picture of a figure."""
    picture: Callable[[Any], str]
    script: Callable[[], str]
    """Text of what draws its figures in a page."""


def _plotly_picture(figure: Any) -> str:
    import plotly.io

    image: bytes = plotly.io.to_image(figure, format="svg", validate=False)
    return image.decode()


def _vega_picture(figure: Any) -> str:
    import vl_convert

    text: str = vl_convert.vegalite_to_svg(figure)
    return text


def _plotly_script() -> str:
    spec = importlib.util.find_spec("plotly")
    assert spec and spec.origin
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_text("utf-8")


def _vega_script() -> str:
    import vl_convert

    # Its stub asks for what may be left out.
    bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return f"(() => {{\n{bundle}\n}})();\n"


KINDS = (
    Kind("plotly", "application/vnd.plotly.", "kaleido", _plotly_picture, _plotly_script),
    Kind("vega", "application/vnd.vegalite.", "vl_convert", _vega_picture, _vega_script),
)

PACKAGES = {"plotly": "plotly", "vega": "vl-convert-python"}
"""What a library's script comes with."""

PREPARED = ("plotly", "altair")
"""Packages that are told to give figures as data, when a snippet is to import them."""


def prepare(package: str) -> None:
    """Have an imported package give its figures as data, instead of pages that load scripts."""
    if package == "plotly":
        import plotly.io

        plotly.io.renderers.default = "plotly_mimetype"
    elif package == "altair":
        import altair

        altair.renderers.enable("mimetype")


def kind_of(data: Mapping[str, object]) -> tuple[Kind, str] | None:
    """The library that an output is for, and the MIME type that says so."""
    for kind in KINDS:
        for mime in data:
            if mime.startswith(kind.prefix):
                return kind, mime
    return None


def complete(data: Mapping[str, Any], draw: bool) -> tuple[dict[str, Any], str]:
    """An output with its figure as text and, if `draw`, a picture; and why there is none."""
    if not (found := kind_of(data)):
        return dict(data), ""
    kind, mime = found
    figure = data[mime]
    made = {key: value for key, value in data.items() if key != "text/html"}
    made[mime] = figure if isinstance(figure, str) else json.dumps(figure, sort_keys=True)
    if not draw or any(key.startswith("image/") for key in made):
        return made, ""
    try:
        made[SVG] = kind.picture(json.loads(made[mime]))
    except Exception as error:  # not installed, no browser, a figure that it does not know
        why = " ".join(str(error).split())[:200]
        note = f"no picture of this figure for handout and notebook: {kind.draws} says: {why}"
        return made, note
    return made, ""


def for_notebook(data: Mapping[str, str | bytes]) -> dict[str, Any]:
    """An output as notebooks keep it: pictures as text, and the figure itself as data."""
    made: dict[str, Any] = {
        mime: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for mime, value in sorted(data.items())
    }
    if found := kind_of(data):
        figure = json.loads(made.pop(found[1]))
        if found[1].endswith("+json"):  # the format takes no other name for data
            made[found[1]] = figure
    return made


def title_of(text: str | bytes) -> str:
    """What a figure calls itself, for want of an alternative text."""
    figure = json.loads(text)
    title = figure.get("layout", figure).get("title", "")
    words = title.get("text", "") if isinstance(title, dict) else title
    return str(words or "An interactive figure.")


def script_of(kind: Kind, kept: Callable[[str, Callable[[], str]], str]) -> tuple[str, bytes]:
    """File name and contents of what draws a library's figures; `kept` remembers texts by key.

    Raises ProofdeckError where the author's package is missing.
    """
    from importlib.metadata import PackageNotFoundError, version

    package = PACKAGES[kind.name]
    try:
        installed = version(package)
    except PackageNotFoundError:
        raise ProofdeckError(
            f"a figure of this lecture is drawn by {kind.name}, which package {package!r} brings",
            f"Install {package}, or show a picture of the figure instead.",
        ) from None
    data = kept(f"{kind.name} {installed}", kind.script).encode()
    return f"{kind.name}.{hashlib.sha256(data).hexdigest()[:10]}.js", data
