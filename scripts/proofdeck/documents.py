"""Everything that is written for one lecture, as file names and bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import get_args

from proofdeck import LECTURES, math
from proofdeck.cache import Cache
from proofdeck.charts import kind_of, script_of
from proofdeck.check import Checked
from proofdeck.claims import Judgement
from proofdeck.compose import Composer, make_composer
from proofdeck.config import Config
from proofdeck.dark import dark_svg
from proofdeck.deck import deck_html, math_as_html
from proofdeck.dial import shown_outputs
from proofdeck.errors import Place, ProofdeckError
from proofdeck.frameworks import view_slides
from proofdeck.handout import BadTexError, compile_pdf, handout_body, handout_source
from proofdeck.model import Lecture, Run
from proofdeck.notebook import (
    FORMAT,
    Edition,
    notebook_json,
    notebook_links,
    notebook_name,
    validate,
)
from proofdeck.output import Display
from proofdeck.outputs import FIGURES, FigureFile, figure_files
from proofdeck.plan import own_code
from proofdeck.sections import Slides
from proofdeck.templates import asset_urls, data_url, inline_assets
from proofdeck.validate import images

DECK, HANDOUT, NOTEBOOK, SINGLE = "deck", "handout", "notebook", "single-file"
MEDIA = "media"

EDITIONS = {"student": "handout.pdf", "instructor": "instructor.pdf"}
"""File names of the handout's editions."""


@cache
def load(wanted: frozenset[str]) -> None:
    """Load what documents are made with, for whoever has something to wait for anyway."""
    asset_urls("")
    if HANDOUT in wanted:
        import typst  # noqa: F401
    if NOTEBOOK in wanted:
        validate({**FORMAT, "metadata": {}, "cells": []})


def render_documents(
    config: Config,
    checked: Checked,
    formula: Callable[[math.Formula], str],
    wanted: frozenset[str],
) -> dict[str, bytes]:
    """The files of a lecture's folder in the site, by their names there.

    Raises ProofdeckError where a document cannot be made.
    """
    lecture, run, judgements = checked.lecture, checked.run, checked.judgements
    figures = figures_of(config, lecture, run)
    media, media_files = _media(config, lecture)
    files = {f"{FIGURES}/{figure.name}": figure.data for figure in figures.values()} | media_files
    shared = files.copy()
    for figure in figures.values():
        if figure.dark and wanted & {DECK, SINGLE}:
            files[f"{FIGURES}/{figure.dark_name}"] = figure.dark
    composer = partial(
        make_composer, lecture, run, judgements, files=figures, folder=FIGURES, media=media
    )
    html = composer("html", math=math_as_html(formula))
    # Pandoc and Typst are processes and native code: threads are enough to use both cores.
    with ThreadPoolExecutor() as pool:
        parts: list[Future[dict[str, bytes]]] = []
        if DECK in wanted:
            parts.append(pool.submit(_deck, config, html, wanted))
        if HANDOUT in wanted:
            parts.append(pool.submit(_handouts, config, composer("typst"), shared))
        if NOTEBOOK in wanted:
            for view in checked.views or (checked,):
                parts.append(pool.submit(_notebooks, config, view, media, media_files))
        if SINGLE in wanted:
            parts.append(pool.submit(_single_file, config, html, files))
        for part in parts:
            files |= part.result()
    return files


def render_deck(
    config: Config,
    lecture: Lecture,
    run: Run,
    judgements: Mapping[str, Judgement],
    formula: Callable[[math.Formula], str],
    slides: Slides,
) -> tuple[str, dict[str, bytes]]:
    """The deck's page as a whole build writes it, and the figures and images that it shows.

    Raises ProofdeckError where it cannot be made.
    """
    figures = figures_of(config, lecture, run)
    media, files = _media(config, lecture)
    for figure in figures.values():
        files[f"{FIGURES}/{figure.name}"] = figure.data
        if figure.dark:
            files[f"{FIGURES}/{figure.dark_name}"] = figure.dark
    html = math_as_html(formula)
    composer = make_composer(lecture, run, judgements, "html", figures, FIGURES, media, html)
    files |= _deck(config, composer, frozenset({DECK, HANDOUT, NOTEBOOK}), slides)
    return files.pop("index.html").decode("utf-8"), files


def formulas_of(config: Config, lecture: Lecture, cache: Cache) -> Callable[[math.Formula], str]:
    """KaTeX's HTML by formula: all of the lecture's at once, one in an output when it comes.

    Raises ProofdeckError at the line of one that is wrong.
    """
    try:
        known = math.render(math.formulas(lecture), cache)
    except math.TexError as error:
        raise _tex_error(config, lecture, error.tex, str(error)) from None

    def html(formula: math.Formula) -> str:
        try:
            return known.get(formula) or math.render([formula], cache)[formula]
        except math.TexError as error:
            raise _tex_error(config, lecture, error.tex, str(error)) from None

    return html


def _deck(
    config: Config, composer: Composer, wanted: frozenset[str], slides: Slides | None = None
) -> dict[str, bytes]:
    links = {"handout": "handout.pdf"} if HANDOUT in wanted else {}
    if NOTEBOOK in wanted:
        links |= notebook_links(composer.lecture, composer.run.missing)
    links["index"] = "../index.html"
    charts = _charts(config, composer)
    page = deck_html(config, composer, asset_urls("../"), links, list(charts), slides=slides)
    return {"index.html": page.encode("utf-8", "replace"), **charts}


def _charts(config: Config, composer: Composer) -> dict[str, bytes]:
    """The scripts that draw the interactive figures of a lecture, by their names in the site."""
    cache = Cache(config.cache)

    def kept(key: str, make: Callable[[], str]) -> str:
        name = hashlib.sha256(key.encode()).hexdigest()
        known = cache.get("scripts", name)
        if not isinstance(known, str):
            known = make()
            cache.put("scripts", name, known)
        return known

    made = {}
    for _, snippet, outputs in shown_outputs(composer.lecture, composer.run):
        for output in outputs:
            if isinstance(output, Display) and (found := kind_of(output.data)):
                try:
                    name, data = script_of(found[0], kept)
                except ProofdeckError as error:
                    raise ProofdeckError(error.message, error.hint, snippet.place) from None
                made[f"charts/{name}"] = data
    return made


def _single_file(
    config: Config, composer: Composer, files: Mapping[str, bytes]
) -> dict[str, bytes]:
    charts = [each.decode() for each in _charts(config, composer).values()]
    charts = [each.replace("</script", "<\\/script") for each in charts]
    page = deck_html(config, composer, inline_assets(), {}, charts, inline=True)
    for name in sorted(files):
        url = data_url(files[name], name.rpartition(".")[2])
        page = page.replace(f'"{name}"', f'"{url}"')
    return {f"{composer.lecture.name}.html": page.encode("utf-8", "replace")}


def _handouts(config: Config, composer: Composer, files: Mapping[str, bytes]) -> dict[str, bytes]:
    lecture = composer.lecture
    deck_url = f"{config.url.rstrip('/')}/{lecture.name}/index.html" if config.url else ""
    try:
        body = handout_body(composer, deck_url)
    except BadTexError as error:
        message = "Pandoc cannot set this formula in the handout"
        raise _tex_error(config, lecture, str(error), message) from None
    sources = [handout_source(composer, body, each, config.course, deck_url) for each in EDITIONS]
    try:
        with ThreadPoolExecutor() as pool:
            made = list(pool.map(lambda source: compile_pdf(source, files), sources))
    except ProofdeckError as error:
        raise ProofdeckError(error.message, error.hint, Place(lecture.path, 1)) from None
    return dict(zip(EDITIONS.values(), made, strict=True))


def _notebooks(
    config: Config, checked: Checked, names: Mapping[str, str], media: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The notebooks of a lecture, or of one framework's view of it."""
    lecture, run = checked.lecture, checked.run
    slides = view_slides(lecture.slides, lecture.framework)
    lecture = replace(lecture, slides=slides) if lecture.framework else lecture
    figures = figure_files(lecture, run, dark=lambda _: None)
    composer = make_composer(lecture, run, checked.judgements, "typst", figures, FIGURES, names)
    own = [path for path in composer.run.surroundings.files if not Path(path).is_absolute()]
    read = {path: file.read_bytes() for path in own if (file := config.root / path).is_file()}
    return {
        notebook_name(lecture, edition): notebook_json(
            composer, edition, read, media, config.repository
        ).encode("utf-8", "replace")
        for edition in get_args(Edition)
    }


def _tex_error(config: Config, lecture: Lecture, tex: str, message: str) -> ProofdeckError:
    return ProofdeckError(
        f"TeX does not parse: {message}\n    {' '.join(tex.split())}",
        "Mend the formula.",
        _find(config, lecture, tex),
    )


def _find(config: Config, lecture: Lecture, text: str) -> Place:
    """Where the lecture, or a file it includes, holds `text`, or at least its first line."""
    paths = [path for path in lecture.sources if path.endswith(LECTURES)]
    files = {path: (config.root / path).read_text("utf-8-sig") for path in paths}
    for wanted in (text, *text.strip().splitlines()[:1]):
        for path, content in files.items():
            if wanted in content:
                before = content[: content.index(wanted.lstrip(), content.index(wanted))]
                return Place(path, before.count("\n") + 1)
    return Place(lecture.path, 1)


def _media(config: Config, lecture: Lecture) -> tuple[dict[str, str], dict[str, bytes]]:
    """Images beside the lecture: their names in the site by the lecture's, and their contents."""
    names, files = {}, {}
    for _, target in images(lecture.slides):
        data = (config.root / Path(lecture.path).parent / target).read_bytes()
        path = PurePosixPath(target)
        name = f"{MEDIA}/{path.stem}.{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}"
        names[target], files[name] = name, data
    return names, files


def figures_of(config: Config, lecture: Lecture, run: Run) -> dict[tuple[str, int], FigureFile]:
    """A lecture's figures; what the dark theme makes of them is kept from build to build."""
    return figure_files(lecture, run, partial(_dark, Cache(config.cache)))


@lru_cache(maxsize=512)  # for the preview
def _dark(cache: Cache, svg: bytes) -> bytes | None:
    key = hashlib.sha256(own_code().encode() + svg).hexdigest()
    known = cache.get("dark", key)
    if not isinstance(known, bytes):
        known = dark_svg(svg) or b""
        cache.put("dark", key, known)
    return known or None
