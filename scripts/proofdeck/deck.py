"""The reveal.js deck: Pandoc writes the slides, a Jinja template the page around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from proofdeck.compose import Composer
from proofdeck.config import Config
from proofdeck.math import Formula
from proofdeck.model import Block, Lecture, Slide
from proofdeck.pandoc import (
    attr,
    classes_of,
    div,
    element,
    pandoc,
    plain,
    raw,
    to_json,
    transform,
)
from proofdeck.templates import own_css, render
from proofdeck.theme import chosen_theme, deck_settings, stylesheets

WRAPPED = re.compile(r"<section>\s*(?=<section )")
DOUBLE_END = re.compile(r"</section>\s*</section>")
EMPTY_HEAD = re.compile(r"<th(?= |>)([^>]*)>\s*</th>")
LAZY_IMAGE = re.compile(r"<img\s+data-src=")
REVEAL_OPTIONS = (
    "center controls height loop margin navigation-mode progress slide-number transition "
    "background-transition width".split()
)
"""Keys of `format.revealjs` that go to reveal.js as they are."""


def deck_html(
    config: Config,
    composer: Composer,
    assets: Mapping[str, str],
    links: Mapping[str, str],
    charts: Iterable[str] = (),
    inline: bool = False,
) -> str:
    """The whole page. `assets` are URLs, or the files' text where `inline` is true.

    So are `charts`, the scripts that draw interactive figures.
    """
    lecture = composer.lecture
    return render(
        "deck.html.j2",
        lecture=front_matter(lecture),
        course=config.course,
        theme=chosen_theme(lecture.meta),
        css=own_css(config.root, stylesheets(config, lecture.path, lecture.meta)),
        body=Markup(slides_html(composer)),
        asset=assets,
        reveal=_reveal_options(lecture),
        versions=composer.run.surroundings.versions,
        links=links,
        charts=[Markup(each) for each in charts],
        inline=inline,
    )


def slides_html(composer: Composer) -> str:
    """The slides as a flat row of `<section>` elements."""
    plans = _plans(composer.lecture)
    slides = composer.lecture.slides
    blocks = [block for slide in slides for block in _slide(composer, slide, plans[slide.id])]
    options = ["--from=json", "--to=revealjs", "--slide-level=2", "--reference-location=section"]
    if deck_settings(composer.lecture.meta).get("incremental"):
        options.append("--incremental")
    html, _ = pandoc(to_json(blocks), *options, "--wrap=preserve")
    # Pandoc stacks the slides of a section in a section of its own; we want one row of slides.
    html = DOUBLE_END.sub("</section>", WRAPPED.sub("", html))
    html = _own_footnote_ids(html)
    # An empty heading, as in the corner of a table, says nothing to a screen reader.
    html = EMPTY_HEAD.sub(r"<td\1></td>", html)
    # Figures load with the page: reveal.js would otherwise leave empty boxes when printing.
    return LAZY_IMAGE.sub("<img src=", html)


def _own_footnote_ids(html: str) -> str:
    """Pandoc gives the footnotes of every slide the same id."""
    count = iter(range(1, html.count('<aside id="footnotes"') + 1))
    return re.sub('<aside id="footnotes"', lambda _: f'<aside id="footnotes-{next(count)}"', html)


def _plans(lecture: Lecture) -> dict[str, str]:
    """What the speaker view says of each slide's time; empty where the lecture plans none."""
    total = sum(slide.minutes for slide in lecture.slides if slide.is_shown)
    plans, spent = {}, 0.0
    for slide in lecture.slides:
        spent += slide.minutes
        text = f"{slide.minutes:g} min planned, until minute {spent:g} of {total:g}."
        plans[slide.id] = text if slide.minutes and slide.is_shown else ""
    return plans


def _slide(composer: Composer, slide: Slide, plan: str) -> list[Block]:
    classes, pairs = slide.attributes
    # Pandoc would take a level below the slide level for a heading inside the slide.
    level = min(slide.level, 2)
    title = composer.blocks(slide.header)
    pairs = tuple((k, composer.media.get(v, v)) for k, v in pairs)
    if plan:
        pairs += (("data-timing", f"{slide.minutes * 60:.0f}"),)
    header = element("Header", [level, attr(slide.id, classes, pairs), title])
    strong = element("Para", [element("Strong", plain(plan))])
    said = [div(["plan"], [strong])] if plan else []
    said += composer.blocks(slide.notes)
    notes = [div(["notes"], said)] if said else []
    blocks, asides = _take(composer.blocks(slide.blocks), "aside")
    blocks, shown_next = _take(blocks, "output-slide")
    # Asides come first, so that a pause does not hide them; the theme puts them at the bottom.
    for aside in asides:
        notes += [raw("html", '<aside class="aside">'), *aside, raw("html", "</aside>")]
    made = [header, *notes, *blocks]
    for number, shown in enumerate(shown_next, 1):
        made += [element("Header", [2, attr(f"{slide.id}-output-{number}"), title]), *shown]
    return made


def _take(blocks: list[Block], name: str) -> tuple[list[Block], list[list[Block]]]:
    """Take the divs of class `name` out of `blocks`; give the rest and what each div held."""
    taken: list[list[Block]] = []

    def change(node: Block) -> list[Block] | None:
        if node["t"] == "Div" and name in classes_of(node):
            taken.append(node["c"][1])
            return []
        return None

    return transform(blocks, change), taken


def math_as_html(render: Callable[[Formula], str]) -> Callable[[str, bool], Block]:
    """Formulas as the deck shows them: KaTeX's HTML in place of the TeX."""

    def math(tex: str, display: bool) -> Block:
        kind = "display" if display else "inline"
        html = f'<span class="math {kind}">{render((tex, display))}</span>'
        return element("RawInline", ["html", html])

    return math


def front_matter(lecture: Lecture) -> SimpleNamespace:
    """What a page says of the lecture itself; empty strings where the front matter is silent."""
    meta = lecture.meta
    authors = meta.get("author") or []
    return SimpleNamespace(
        name=lecture.name,
        title=lecture.title,
        subtitle=str(meta.get("subtitle") or ""),
        authors=[_name(a) for a in (authors if isinstance(authors, list) else [authors])],
        institute=str(meta.get("institute") or ""),
        date=str(meta.get("date") or ""),
        abstract=" ".join(str(meta.get("abstract") or "").split()),
        lang=str(meta.get("lang") or "en"),
    )


def _name(author: Any) -> str:
    return str(author.get("name", "")) if isinstance(author, dict) else str(author)


def _reveal_options(lecture: Lecture) -> dict[str, Any]:
    settings = deck_settings(lecture.meta)
    chosen = {key: settings[key] for key in REVEAL_OPTIONS if key in settings}
    options = {_camel(key): value for key, value in chosen.items()}
    has_plan = any(slide.minutes for slide in lecture.slides)
    # Slides without planned minutes count as none in the speaker view's pacing.
    return {"defaultTiming": 0, **options} if has_plan else options


def _camel(key: str) -> str:
    first, *rest = key.split("-")
    return first + "".join(part.capitalize() for part in rest)
