"""What the last good build said, so that a report can tell what has changed since.

A build under one seed says nothing new of medians, so it neither replaces the last good one nor is
compared with it in that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from proofdeck.cache import write_atomically
from proofdeck.config import Config

FILE = "last-good.json"
QUANTITIES = ("held", "median", "low", "high")


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is not what it was."""

    lecture: str
    slide: str
    place: str
    what: str
    """An inline value's code, or a claim's check and which of its quantities."""
    before: str
    now: str


def load(config: Config) -> dict[str, Any]:
    """Lectures of the last good build, by name; empty where there was none."""
    try:
        kept = json.loads((config.cache / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(config: Config, report: Mapping[str, Any], fast: bool) -> None:
    """Keep what the lectures say now, of those in which all is well."""
    good = {
        lecture["name"]: _said(lecture)
        for lecture in report["lectures"]
        if not lecture["errors"] and all(claim["holds"] for claim in lecture["claims"])
    }
    if good and not fast:
        text = json.dumps(load(config) | good, indent=1, sort_keys=True, ensure_ascii=False)
        write_atomically(config.cache / FILE, text.encode())


def changes(config: Config, report: Mapping[str, Any]) -> list[Change] | None:
    """What differs from the last good build, in the report's order; None where there was none."""
    before = load(config)
    if not before:
        return None
    found: list[Change] = []
    for lecture in report["lectures"]:
        then, now = before.get(lecture["name"], {}), _said(lecture)
        for item in (*lecture["claims"], *lecture["values"]):
            key = _key(item)
            found += [
                Change(lecture["name"], item["slide"], f"{item['path']}:{item['line']}", *texts)
                for texts in _differences(then.get(key, {}), now[key])
            ]
    return found


def _said(lecture: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values by claim and inline value. The key is what is asked, and on which slide."""
    said: dict[str, dict[str, Any]] = {}
    for claim in lecture["claims"]:
        if claim["runs"]:
            quantities = {key: claim[key] for key in QUANTITIES}
            said[_key(claim)] = {"runs": claim["runs"], **quantities, "values": claim["values"]}
        else:
            said[_key(claim)] = {}
    for value in lecture["values"]:
        said[_key(value)] = {"values": {value["code"]: value["value"]}}
    return said


def _key(item: Mapping[str, Any]) -> str:
    return f"{item['slide']} {item.get('check') or item['code']}"


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterable[tuple[str, str, str]]:
    if now.get("runs", 0) > 1 and before.get("runs") == now["runs"]:
        for key in QUANTITIES:
            if before[key] != now[key]:
                yield key, _text(before[key]), _text(now[key])
    old, new = before.get("values", {}), now.get("values", {})
    for source, text in new.items():
        if source in old and old[source] != text:
            yield source, old[source], text


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
