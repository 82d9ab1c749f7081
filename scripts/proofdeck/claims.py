"""Claims: a sentence on a slide, and what runs under several seeds say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from proofdeck.errors import Place, ProofdeckError
from proofdeck.model import Block, Claim, Verdict
from proofdeck.pandoc import classes_of, element, stringify, transform, value_of

ENOUGH = 90
"""Percent of the seeded runs in which a claim must hold, unless `at-least` says otherwise."""

ATTRIBUTES = ("check", "show", "seeds", "at-least", "expect", "sweep", "where", "pd-line")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim with what its runs say."""

    claim: Claim
    held: int
    """In how many runs the check came out as the claim expects."""
    runs: int
    values: tuple[tuple[str, str], ...]
    """Parts of the check and their values in the lecture's own run."""
    shown: tuple[float, ...] = ()
    """The quantity it shows, in each run."""
    error: str = ""
    """Why it cannot be judged; it does not hold then."""
    against: tuple[str, ...] = ()
    """Of a claim over a sweep: the frames in which its check came out otherwise."""
    unchecked: str = ""
    """Why it was not asked, though nothing is at fault; it is not said to hold then."""

    @property
    def holds(self) -> bool:
        """Whether the sentence may stand. A single run must hold by itself."""
        return not (self.error or self.unchecked) and self.held >= min(
            self.claim.at_least, self.runs
        )

    @property
    def median(self) -> float | None:
        """Of the quantity it shows."""
        import statistics  # slow to load, and mostly not needed

        return statistics.median(self.shown) if self.shown else None

    @property
    def badge(self) -> str:
        """One quiet line below the sentence."""
        verb = "fails" if self.claim.expect == "fails" else "holds"
        if self.unchecked:
            return f"not checked: {self.unchecked}"
        if self.error:
            return f"cannot be checked: {self.error}"
        if self.runs == 1:
            one = "1 frame" if self.claim.sweep else "1 run"
            text = f"{verb} in {one}" if self.held else f"does not {verb[:-1]} in {one}"
        else:
            only = "" if self.holds else "only "
            repeats = "frames" if self.claim.sweep else "seeded runs"
            text = f"{verb} {only}in {self.held} of {self.runs} {repeats}"
        if self.claim.where:
            text += f" ({self.claim.where})"
        median = self.median
        if median is None:
            return text
        if self.runs == 1:
            return f"{text} · {short(median)}"
        low, high = short(min(self.shown)), short(max(self.shown))
        return f"{text} · median {short(median)} ({low} to {high})"


def make_claim(id: str, place: Place, slide: str, attributes: Sequence[Any], text: str) -> Claim:
    """A claim from the attributes of its div. Raises ProofdeckError for one it cannot use."""
    check = value_of(attributes, "check")
    if not check:
        raise ProofdeckError(
            "the claim has no check", 'Write {.claim check="an expression"}.', place
        )
    for key, _ in attributes[2]:
        if key not in ATTRIBUTES:
            known = ", ".join(ATTRIBUTES[:-1])
            raise ProofdeckError(f"unknown attribute {key!r} of a claim", f"Known: {known}.", place)
    seeds = _whole(value_of(attributes, "seeds") or "1", "seeds", place)
    expect = value_of(attributes, "expect") or "holds"
    if expect not in ("holds", "fails"):
        raise ProofdeckError(
            f"expect={expect!r} means nothing", 'Write expect="fails", or nothing.', place
        )
    sweep, where = (value_of(attributes, name) or "" for name in ("sweep", "where"))
    if where and not sweep:
        hint = 'Name the swept snippet: sweep="its label".'
        raise ProofdeckError("where= chooses frames, and the claim has no sweep=", hint, place)
    if sweep and (seeds > 1 or value_of(attributes, "at-least")):
        message = "a claim over a sweep is made in each frame once: it takes no seeds or at-least"
        hint = "Write two claims, one with seeds=; leave frames out with where=."
        raise ProofdeckError(message, hint, place)
    return Claim(
        id=id,
        place=place,
        slide=slide,
        code=check,
        text=text,
        show=value_of(attributes, "show") or "",
        seeds=seeds,
        at_least=_at_least(value_of(attributes, "at-least"), seeds, place),
        expect="fails" if expect == "fails" else "holds",
        sweep=sweep,
        where=where,
    )


def sentence(blocks: list[Block]) -> str:
    """A claim's text, with marks for its inline values."""

    def mark(node: Block) -> list[Block] | None:
        inline = node["t"] == "Code" and "inline-value" in classes_of(node)
        return [element("Str", f"⟦{node['c'][0][0]}⟧")] if inline else None

    return stringify(transform(blocks, mark))


def _whole(text: str, name: str, place: Place) -> int:
    if text.isdigit() and int(text) > 0:
        return int(text)
    raise ProofdeckError(
        f"{name}={text!r} is not a whole number above 0", f"Write for instance {name}=20.", place
    )


def _at_least(text: str | None, seeds: int, place: Place) -> int:
    """`at-least="80%"` or `at-least=16` as a number of runs."""
    if text is None or text.endswith("%"):
        percent = ENOUGH if text is None else _whole(text[:-1], "at-least", place)
        # Rounded up in whole numbers: 7 % of 100 runs are 7, not ceil(7.000000000000001).
        wanted = -(-percent * seeds // 100)
    else:
        wanted = _whole(text, "at-least", place)
    if wanted > seeds:
        hint = f"Write at most {seeds}, or more seeds."
        raise ProofdeckError(f"at-least={text!r} asks for more than seeds={seeds}", hint, place)
    return wanted


def judge(claim: Claim, verdicts: Sequence[Verdict]) -> Judgement:
    """What the runs say: the lecture's own first, then those under other seeds."""
    own = verdicts[0]
    wanted = claim.expect == "holds"
    held = sum(verdict.held is wanted for verdict in verdicts)
    shown = tuple(v.shown for v in verdicts if v.shown is not None)
    error = next((_of_run(n, v.error) for n, v in enumerate(verdicts) if v.error), "")
    if not error and any(math.isnan(number) for number in shown):
        error = f"{claim.show} is not a number"
    if not error and len(shown) > 1 and len(set(shown)) == 1:
        error = f"{claim.show} is the same in all {len(shown)} runs: a seed fixed in the snippet?"
    return Judgement(claim, held, len(verdicts), own.values, shown, error)


def judge_frames(claim: Claim, frames: Mapping[str, Verdict]) -> Judgement:
    """What the frames of a sweep say, by their names: the claim holds in each that counts."""
    counting = {name: verdict for name, verdict in frames.items() if verdict.counts}
    wanted = claim.expect == "holds"
    against = tuple(name for name, v in counting.items() if v.held is not wanted)
    first = next(iter([*against, *counting]), "")
    values = counting[first].values if first else ()
    shown = tuple(v.shown for v in counting.values() if v.shown is not None)
    error = next((f"{v.error} (with {name})" for name, v in counting.items() if v.error), "")
    if not counting:
        error = f"no frame of {claim.sweep!r} has {claim.where}"
    elif not error and any(math.isnan(number) for number in shown):
        error = f"{claim.show} is not a number"
    runs = len(counting)
    of_all = replace(claim, seeds=max(runs, 1), at_least=max(runs, 1))
    return Judgement(of_all, runs - len(against), runs, values, shown, error, against)


def _of_run(number: int, error: str) -> str:
    return f"{error} (in seeded run {number + 1})" if number else error


def error_of(judgement: Judgement, slide: str) -> ProofdeckError:
    """The error that a claim which does not hold gives."""
    claim = judgement.claim
    what = "does not hold" if claim.expect == "holds" else "should fail, and does not"
    lines = [f"the claim {what}: {claim.text}", f"    on slide {slide!r}: {claim.code}"]
    lines += [f"    {source} = {value}" for source, value in judgement.values]
    if judgement.error:
        lines.append(f"    {judgement.badge}")
    elif judgement.runs > 1:
        lines.append(f"    {judgement.badge}; wanted: {claim.at_least} of {claim.seeds}")
    if judgement.against:
        lines.append(f"    not with {'; '.join(judgement.against)}")
    hint = "Mend the code or the sentence: a slide says only what its code showed."
    return ProofdeckError("\n".join(lines), hint, claim.place)


def wilson(held: int, runs: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927, J. Am. Stat. Assoc. 22)."""
    z = 1.959963984540054
    share = held / runs
    centre = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    spread = math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    half = z * spread / (1 + z * z / runs)
    return max(0.0, centre - half), min(1.0, centre + half)


def short(number: float) -> str:
    """Two or three digits, as a badge has room for: 8.4e5, 0.25, 31; four from 1,000 to 9,999."""
    if not math.isfinite(number):
        return str(number)
    if number == 0:
        return "0"
    if 1e-3 <= abs(number) < 1e4:
        return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
