"""The small course of tests/course, built once for all tests that only look at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess
from threading import Semaphore
from unittest.mock import patch

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from helpers import COURSE, proofdeck, site_files
from proofdeck.browser import find_chromium, open_browser
from proofdeck.cache import Cache
from proofdeck.check import check
from proofdeck.config import Config, load_config
from proofdeck.execute import Workers
from proofdeck.forks import prepare
from proofdeck.model import Lecture, Run
from proofdeck.parse import parse
from proofdeck.views import begin

pytest_plugins = ["sites", "decks"]


settings.register_profile("proofdeck", deadline=None)
settings.load_profile("proofdeck")


@dataclass(frozen=True)
class Built:
    """The small course after `proofdeck build --single-file`. Tests leave it as it is."""

    root: Path
    done: CompletedProcess[str]

    @property
    def config(self) -> Config:
        return load_config(self.root)

    @cached_property
    def lecture(self) -> Lecture:
        return parse(self.config, "slides/small.md")

    @cached_property
    def run(self) -> Run:
        workers = Workers(self.config, self.cache, lambda *_: None, Semaphore(1))
        return check(workers, begin(workers, self.lecture), fast=True).run

    @property
    def cache(self) -> Cache:
        return Cache(self.config.cache)

    @cached_property
    def files(self) -> dict[str, bytes]:
        return site_files(self.root)


def copy_course(root: Path) -> Path:
    """The small course in a folder of its own."""
    shutil.copytree(COURSE, root, ignore=shutil.ignore_patterns("build", "__pycache__"))
    return root


def build_course(root: Path, **environment: str) -> Built:
    """The small course, built in a folder of its own."""
    copy_course(root)
    return Built(root, proofdeck(root, "build", "--single-file", **environment))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The small course, built once by the real command line."""
    return build_course(tmp_path_factory.mktemp("built") / "course")


@pytest.fixture
def copy(built: Built, tmp_path: Path) -> Path:
    """A copy of the built small course, to change."""
    return Path(shutil.copytree(built.root, tmp_path / "course"))


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    """The server that lectures of these tests are forked from, with what they import."""
    with patch.dict(os.environ):
        prepare([frozenset({"numpy", "matplotlib"})])
    yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; where there is none, CI fails and other machines skip."""
    if not find_chromium():
        message = "no Chromium is installed"
        if os.environ.get("PROOFDECK_REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with open_browser() as made:
        yield made
