"""The command line: options and exit codes only."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from proofdeck import __version__
from proofdeck.errors import EXIT_FAILED, ProofdeckError, own_fault

LECTURES = click.argument("lectures", nargs=-1, metavar="[LECTURE]...")
JOBS = click.option("--jobs", "-j", type=click.IntRange(1), help="Processes at a time.")
FAST = click.option("--fast", is_flag=True, help="Check claims in one run, not under all seeds.")
VERIFY = click.option("--verify", is_flag=True, help="Compare all with a run from scratch.")
SCHEDULER = click.option("--scheduler", default="", help="Run on this Dask cluster: tcp://…")

GARBAGE = 100_000
"""How many objects to make before looking for garbage among them. Python looks after 700, which
each module makes that is loaded; and modules are never garbage."""


class _Group(click.Group):
    """Turns our errors into a message and an exit code; no traceback of ours reaches anyone."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ProofdeckError as error:
            _stop(str(error), error.exit_code)
        except KeyboardInterrupt:
            _stop("interrupted; what is finished is kept", 130)
        except OSError as error:
            _stop(f"{error.filename or 'proofdeck'}: {error.strerror or error}", EXIT_FAILED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:
            _stop(str(own_fault()), EXIT_FAILED)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="proofdeck")
def main() -> None:
    """Build lectures whose slides can only say what their own code showed.

    LECTURE is a lecture in slides/, by its name or how that begins: 05 means 05-in-depth.
    Where it may be left out, all are meant then. Exit code 1: something cannot be built, does not
    hold or cannot be read; 2: the command or the course's settings cannot be used.
    """
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # nor is it worth a look at the very end


@main.command()
@LECTURES
@click.option(
    "--to",
    "documents",
    multiple=True,
    type=click.Choice(["deck", "handout", "notebook"]),
    help="Write only this document; may be repeated.",
)
@click.option("--single-file", is_flag=True, help="Also write each deck as one HTML file.")
@FAST
@click.option("--draft", is_flag=True, help="Build also where claims fail, shown as failed.")
@SCHEDULER
@VERIFY
@JOBS
def build(
    lectures: tuple[str, ...],
    documents: tuple[str, ...],
    single_file: bool,
    fast: bool,
    draft: bool,
    scheduler: str,
    verify: bool,
    jobs: int | None,
) -> None:
    """Run every snippet and write decks, handouts and notebooks to build/site/."""
    wanted = frozenset(documents or ("deck", "handout", "notebook"))
    wanted |= {"single-file"} if single_file else set()
    more = {"draft": draft, "scheduler": scheduler, "verify": verify}
    _build(lectures, wanted, fast=fast, jobs=jobs or 0, **more)


@main.command()
@LECTURES
@FAST
@SCHEDULER
@VERIFY
@JOBS
def check(
    lectures: tuple[str, ...], fast: bool, scheduler: str, verify: bool, jobs: int | None
) -> None:
    """Run every snippet, check every claim and exercise; no documents."""
    more = {"scheduler": scheduler, "verify": verify}
    _build(lectures, frozenset(), fast=fast, jobs=jobs or 0, **more)


@main.command()
@click.argument("lecture")
def explain(lecture: str) -> None:
    """Say of each snippet, claim, value and exercise why it ran last time, or was reused."""
    from proofdeck.build import find_lectures
    from proofdeck.cache import Cache
    from proofdeck.config import load_config
    from proofdeck.exercises import attempts
    from proofdeck.explain import REUSED, last_account
    from proofdeck.parse import parse

    config = load_config(Path.cwd())
    for path in find_lectures(config, [lecture]):
        parsed = parse(config, path)
        reasons = last_account(Cache(config.cache), parsed).reasons
        ways = (way for each in parsed.exercises for way in attempts(each).values())
        for step in (*parsed.steps, *(snippet for way in ways for snippet in way)):
            click.echo(f"{step.place}: {step.id}: {reasons.get(step.id, REUSED)}")


@main.command()
@click.option("--days", type=click.FloatRange(0), help="Forget what was not used for so long.")
@click.option("--megabytes", type=click.FloatRange(0), help="Forget the oldest above this size.")
def cache(days: float | None, megabytes: float | None) -> None:
    """Show how large the cache is; with an option, make it smaller."""
    from proofdeck.cache import Cache
    from proofdeck.config import load_config

    kept = Cache(load_config(Path.cwd()).cache)
    removed = kept.prune(days, megabytes)
    count, size = kept.size()
    gone = f"; {removed} removed" if removed else ""
    click.echo(f"{count} entries, {size / 1e6:.1f} MB in {kept.folder}{gone}")


@main.command()
@LECTURES
@click.option("--minutes", type=click.FloatRange(0), default=10, help="Then stop. Default: 10.")
@JOBS
@SCHEDULER
def mutate(lectures: tuple[str, ...], minutes: float, jobs: int | None, scheduler: str) -> None:
    """Change what lectures' code means, one thing at a time: do the claims notice?

    What no claim notices is told, and is no failure.
    """
    from proofdeck.build import find_lectures
    from proofdeck.config import load_config
    from proofdeck.mutate import mutate_all
    from proofdeck.mutation_report import show_mutations, write_mutations
    from proofdeck.progress import make_console, make_progress

    config = load_config(Path.cwd())
    console = make_console()
    with make_progress(console) as progress:
        paths = find_lectures(config, lectures)
        found = mutate_all(config, paths, minutes, jobs or 0, scheduler, progress)
    show_mutations(console, found)
    write_mutations(config, found)


@main.command()
@LECTURES
@JOBS
def audit(lectures: tuple[str, ...], jobs: int | None) -> None:
    """Look at every built slide in a browser: what cannot be seen, read or used?"""
    from proofdeck.audit import audit
    from proofdeck.build import find_lectures
    from proofdeck.config import load_config

    config = load_config(Path.cwd())
    found = audit(config, find_lectures(config, lectures), jobs or os.cpu_count() or 1)
    for each in found:
        for error in each.errors:
            click.echo(str(error), err=True)
    for each in found:
        sheets = ", ".join(sheet.relative_to(config.root).as_posix() for sheet in each.sheets)
        click.echo(f"{each.name}: {each.slides} slides, {len(each.errors)} findings; {sheets}")
    if any(each.errors for each in found):
        sys.exit(EXIT_FAILED)


@main.command()
@LECTURES
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Default: a free one.")
@click.option("--no-browser", is_flag=True, help="Only say the address.")
def preview(lectures: tuple[str, ...], port: int | None, no_browser: bool) -> None:
    """Show the course in a browser, and each change as soon as it is saved."""
    from proofdeck.config import load_config
    from proofdeck.preview import open_browser, preview

    def ready(url: str) -> None:
        click.echo(f"{url}  (Ctrl-C stops)")
        if not no_browser:
            open_browser(url)

    tell = partial(click.echo, err=True)
    preview(load_config(Path.cwd()), lectures, port or 0, ready, tell)


@main.command()
@click.option("--cache", is_flag=True, help="Also forget all results, so that everything runs.")
def clean(cache: bool) -> None:
    """Remove what builds wrote: build/site/ and build/report.*"""
    from proofdeck.config import load_config

    config = load_config(Path.cwd())
    shutil.rmtree(config.site, ignore_errors=True)
    for name in ("report.json", "report.html"):
        (config.build / name).unlink(missing_ok=True)
    if cache:
        shutil.rmtree(config.cache, ignore_errors=True)


def _build(lectures: tuple[str, ...], documents: frozenset[str], **options: Any) -> None:
    from proofdeck import annotations
    from proofdeck.build import build, find_lectures
    from proofdeck.config import Options, load_config
    from proofdeck.progress import make_console, make_progress, show_outcome

    config = load_config(Path.cwd())
    console = make_console()
    paths = find_lectures(config, lectures)
    with make_progress(console) as progress:
        outcome = build(config, paths, Options(documents, **options), progress)
    show_outcome(console, config, outcome, bool(documents))
    if annotations.wanted():
        for command in annotations.commands(config.root, outcome.lectures):
            click.echo(command)
    if outcome.failed:
        sys.exit(EXIT_FAILED)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)
