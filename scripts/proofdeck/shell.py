"""IPython's shell without a terminal: Jupyter's semantics, outputs going to a Recorder.

IPython's own capture loses the order of text and figures and prints tracebacks to stdout, so the
display hook, the publisher and the streams are ours; everything else is IPython's.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.inputtransformer2 import leading_empty_lines
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config as Traits

from proofdeck import charts, figures
from proofdeck.facts import Limits
from proofdeck.streams import Recorder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


class _Compiler(CachingCompiler):
    """Names code after its snippet or figure script, so that tracebacks can be led back to it."""

    name = "<snippet>"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.name


class _DisplayHook(DisplayHook):
    """Shows the value of a snippet's last expression."""

    def write_output_prompt(self) -> None:
        """Slides have no `Out[3]:`."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        shell: Any = self.shell
        shell.display_pub.publish(format_dict, md_dict)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Publisher(DisplayPublisher):
    """What `display()` sends."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        extra = metadata or {}
        data, note = charts.complete(data, self.shell.draws)
        if note:
            self.shell.notes.append(note)
        # A subclass of str may be one of the lecture's own, which the parent cannot unpickle.
        texts = {mime: str.__str__(v) for mime, v in data.items() if isinstance(v, str)}
        bundle = texts | {mime: v for mime, v in data.items() if type(v) is bytes}
        figure = extra.get("alt", ""), extra.get("width", 0), extra.get("axes", ())
        self.shell.recorder.display(bundle, *figure)


class LectureShell(InteractiveShell):
    """The shell in which one lecture's snippets run."""

    compiler_class = _Compiler
    displayhook_class = _DisplayHook
    display_pub_class = _Publisher
    recorder: Recorder
    draws: bool
    """Whether pictures of figures are made."""
    notes: list[str]
    """What to tell the author of outputs."""
    axes: list[tuple[Limits, ...]]
    """Limits for the axes of the figures to come, one entry each; none to leave them."""
    hidden: BaseException | None = None
    """What was raised where IPython only prints a traceback, as by a broken `_repr_html_`."""

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """The exception itself goes into the result."""
        self.hidden = self.hidden or sys.exc_info()[1]

    showsyntaxerror = showtraceback
    showindentationerror = showtraceback

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Nothing for the history: a traceback in colours takes longer than most snippets."""
        return {}

    def run(self, code: str, name: str) -> BaseException | None:
        """Run `code` as a cell whose file name is `name`; give what it raised."""
        assert isinstance(self.compile, _Compiler)
        self.compile.name = name
        self.hidden = None
        run_cell: Callable[..., Any] = super().run_cell  # untyped in IPython
        done = run_cell(code, store_history=True)
        raised: BaseException | None = done.error_before_exec or done.error_in_exec
        return raised or self.hidden

    def replay(self, code: str, name: str, source: str) -> Exception | None:
        """Run a statement of a snippet again, by itself; give what it raised.

        All of its `source` is there for what looks code up, as TensorFlow's AutoGraph does.
        """
        assert isinstance(self.compile, _Compiler)
        self.compile.name = name
        self.compile.cache(source)
        try:
            # The shell's compiler remembers what is imported from `__future__`.
            compiler: Callable[..., Any] = self.compile  # takes trees too, whatever its type says
            exec(compiler(ast.parse(code), name, "exec"), self.user_ns)
        except Exception as error:
            return error
        return None

    def ask_exit(self) -> None:
        """What `exit()` and `quit()` call."""
        raise SystemExit


def make_shell(recorder: Recorder, folders: list[str], draw: bool) -> LectureShell:
    """A fresh shell whose imports also look into `folders`.

    Figures are drawn by `figures.render`, if `draw` says so, whenever Matplotlib is imported.
    """
    traits = Traits()
    traits.InlineBackend.figure_formats = set()
    traits.HistoryManager.enabled = False
    traits.InteractiveShell.colors = "nocolor"
    shell = LectureShell.instance(config=traits)
    shell.recorder = recorder
    shell.draws, shell.notes, shell.axes = draw, [], []
    cleanups: list[Any] = shell.input_transformer_manager.cleanup_transforms
    cleanups[:] = [_keep_lines if c is leading_empty_lines else c for c in cleanups]
    formatter: Any = shell.display_formatter

    def bundle(figure: Figure) -> tuple[dict[str, Any], dict[str, Any]]:
        own = figures.limits(figure)
        data, metadata = _drawn(figure, shell.axes) if draw else ({}, {})
        return data, {**metadata, "axes": own}

    formatter.mimebundle_formatter.for_type_by_name("matplotlib.figure", "Figure", bundle)
    sys.path[:0] = folders
    return shell


def _keep_lines(lines: list[str]) -> list[str]:
    """IPython would drop empty lines at the top, and errors would count lines wrongly.

    A cell magic must be the first line, though.
    """
    rest = leading_empty_lines(lines)
    return rest if rest and rest[0].startswith("%%") else lines


def enable_matplotlib(shell: LectureShell) -> None:
    """Make figures appear as Jupyter's inline backend does.

    Done by hand, since the backend looks for a shell only when it is first imported, and a
    preloaded one was imported before there was a shell.
    """
    import matplotlib
    from matplotlib import pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    matplotlib.use(INLINE_BACKEND)
    matplotlib.interactive(True)
    configure_inline_support(shell, INLINE_BACKEND)
    # It would draw each figure once more, for a window that there is not.
    pyplot.uninstall_repl_displayhook()


def _drawn(figure: Figure, axes: list[tuple[Limits, ...]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A figure's MIME bundle; where there are `axes`, it takes the first of them."""
    if axes:
        figures.set_limits(figure, axes.pop(0))
        mime, data, width = figures.render(figure, whole=True)
    else:
        mime, data, width = figures.render(figure)
    value = data.decode() if mime == "image/svg+xml" else data
    return {mime: value}, {"alt": figures.describe(figure), "width": width}


def close_figures() -> None:
    """Close what a snippet left open, so that it does not appear under the next one."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
