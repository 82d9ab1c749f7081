"""The reveal.js deck: Pandoc writes the slides, a Jinja template the page around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from proofdeck.compose import Composer
from proofdeck.config import Config
from proofdeck.front_matter import REVEAL_OPTIONS, deck_settings
from proofdeck.math import Formula
from proofdeck.model import Block, Lecture
from proofdeck.pandoc import element
from proofdeck.sections import Slides
from proofdeck.templates import own_css, render
from proofdeck.theme import chosen_theme, stylesheets


def deck_html(
    config: Config,
    composer: Composer,
    assets: Mapping[str, str],
    links: Mapping[str, str],
    charts: Iterable[str] = (),
    inline: bool = False,
    slides: Slides | None = None,
) -> str:
    """The whole page. `assets` are URLs, or the files' text where `inline` is true.

    So are `charts`, the scripts that draw interactive figures.
    `slides` keeps the slides from one page to the next.
    """
    lecture = composer.lecture
    return render(
        "deck.html.j2",
        lecture=front_matter(lecture),
        course=config.course,
        theme=chosen_theme(lecture.meta),
        css=own_css(config.root, stylesheets(config, lecture.path, lecture.meta)),
        body=Markup("\n".join((slides or Slides()).of(composer))),
        asset=assets,
        reveal=_reveal_options(lecture),
        versions=composer.run.surroundings.versions,
        links=links,
        charts=[Markup(each) for each in charts],
        inline=inline,
    )


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
