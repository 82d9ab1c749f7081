"""The one error that users see: place first, then what, then what to do."""

from __future__ import annotations

from dataclasses import dataclass

EXIT_FAILED = 1
"""The lecture is at fault: something it says or runs does not work."""

EXIT_USAGE = 2
"""The command line is at fault: no such lecture, no such option."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file that an instructor wrote. `str(place)` is `slides/x.md:12`."""

    path: str
    """Relative to the project's root, with forward slashes."""
    line: int
    """Counted from 1."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: the build goes on, and says this."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: warning: {self.message}"


class ProofdeckError(Exception):
    """Something that a user can mend.

    `str(error)` is the whole message: the place, what is wrong, and in the next line what to do.
    """

    def __init__(
        self, message: str, hint: str, place: Place | None = None, exit_code: int = EXIT_FAILED
    ) -> None:
        self.message = message
        self.hint = hint
        self.place = place
        self.exit_code = exit_code
        where = f"{place}: " if place else ""
        first, *more = f"{where}{message}".split("\n")
        # Only the first line begins at the margin, so that one message can be told from the next.
        rows = [first, *(row if row.startswith("    ") else f"    {row}" for row in more)]
        super().__init__("\n".join([*rows, f"  {hint}"]))


class LectureError(Exception):
    """Several errors of one lecture, so that all of them are seen at once."""

    def __init__(self, errors: tuple[ProofdeckError, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def own_fault(place: Place | None = None) -> ProofdeckError:
    """What to say of the exception being handled, which is a fault of ours.

    Its traceback goes to a file: none ever reaches a user.
    """
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="proofdeck-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    message = "proofdeck itself failed; this is not your lecture's fault"
    return ProofdeckError(message, f"Report {file.name}.", place)


def errors_of(error: Exception, path: str) -> tuple[ProofdeckError, ...]:
    """Why the lecture at `path` cannot be built, each at a place in it.

    A fault of ours fails the lecture that brought it up, and no other.
    """
    match error:
        case LectureError():
            return error.errors
        case ProofdeckError(place=None):
            return (ProofdeckError(error.message, error.hint, Place(path, 1)),)
        case ProofdeckError():
            return (error,)
        case _:
            return (own_fault(Place(path, 1)),)
