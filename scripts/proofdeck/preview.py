"""`proofdeck preview`: the course in a browser while it is written.

A save is read by one thread, what is stale runs in another, and the server tells open pages.
"""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import uvicorn

from proofdeck import site, stamps, templates
from proofdeck.build import build, find_lectures
from proofdeck.cache import Cache
from proofdeck.config import TEMPLATES, Config, Options, load_config
from proofdeck.errors import EXIT_USAGE, ProofdeckError
from proofdeck.live import Live, View
from proofdeck.server import Hub, make_app
from proofdeck.supervise import end_all
from proofdeck.warm import WarmPandoc
from proofdeck.watching import changes

HOST = "127.0.0.1"
PORTS = range(8300, 8320)
"""Tried in turn, so that a bookmark mostly stays right; then any that is free."""

GRACE = 1
"""Seconds that open connections get when the preview stops."""


class Preview:
    """The lectures of a course that somebody looks at, kept up to date."""

    def __init__(self, config: Config, hub: Hub, tell: Callable[[str], None]) -> None:
        self.config, self.hub, self.tell = config, hub, tell
        self.paths = {Path(path).stem: path for path in find_lectures(config)}
        self.slots = threading.Semaphore(os.cpu_count() or 1)
        self.lock = threading.Lock()
        self.pandoc = WarmPandoc()
        self.lives: dict[str, Live] = {}
        self.changed: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self.building = threading.Lock()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def view(self, name: str) -> View | None:
        """What pages of a lecture show now, which from now on is kept up to date."""
        if name not in self.paths:
            return None
        with self.lock:
            live = self.lives.get(name)
            if not live:
                told = lambda *_: self.hub.tell()  # noqa: E731
                live = Live(self.config, self.paths[name], self.slots, self.pandoc, told)
                self.lives[name] = live
                self.changed.put(lambda: live.update(frozenset()))
        return live.view

    def asset(self, name: str) -> bytes | None:
        """A file that all decks share."""
        return next((data for _, own, data in templates.asset_files() if own == name), None)

    def index(self) -> str:
        """The course page."""
        cache = Cache(self.config.cache)
        kept = (stamps.load(cache, name) for name in sorted(self.paths))
        return site.index_html(self.config, [stamp.card for stamp in kept if stamp])

    def make_documents(self, name: str) -> None:
        """Bring a lecture's handouts and notebook up to date, as a build does."""
        with self.building:
            build(self.config, [self.paths[name]], Options(), lambda *_: None)
        self.hub.tell()

    def change(self, paths: frozenset[str]) -> None:
        """Files changed: read again what is looked at."""
        if any(Path(self.config.root, path).is_relative_to(TEMPLATES) for path in paths):
            templates.forget()
        try:
            if "pyproject.toml" in paths:
                self.config = load_config(self.config.root)
            self.paths = {Path(path).stem: path for path in find_lectures(self.config)}
        except ProofdeckError as error:
            self.tell(str(error))
        for live in list(self.lives.values()):
            live.config = self.config
            self.changed.put(lambda live=live: live.update(paths))  # type: ignore[misc]
        self.hub.tell()

    def _read(self) -> None:
        self.pandoc.warm()
        while task := self.changed.get():
            task()

    def close(self) -> None:
        """End everything."""
        self.changed.put(None)
        for live in self.lives.values():
            live.close()
        self.pandoc.end()
        end_all()


def preview(
    config: Config,
    wanted: Sequence[str],
    port: int,
    ready: Callable[[str], None],
    tell: Callable[[str], None],
) -> None:
    """Serve the course until the process is interrupted. `ready` gets the address."""
    chosen = find_lectures(config, wanted)
    listening = _listen(port)
    hub = Hub()
    course = Preview(config, hub, tell)
    rest = f"{Path(chosen[0]).stem}/" if wanted else ""
    url = f"http://{HOST}:{listening.getsockname()[1]}/{rest}"
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for path in chosen if wanted else ():
            course.view(Path(path).stem)
        asyncio.run(_serve(course, hub, listening, lambda: ready(url)))
    except KeyboardInterrupt:
        pass
    finally:
        course.close()


async def _serve(
    course: Preview, hub: Hub, listening: socket.socket, ready: Callable[[], None]
) -> None:
    stop = asyncio.Event()

    async def follow() -> None:
        async for paths in changes(course.config, stop):
            course.change(paths)

    settings = uvicorn.Config(
        make_app(course, hub),
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(settings)
    loop = asyncio.get_running_loop()
    # uvicorn sees to Ctrl-C and to being terminated; this is a terminal that is closed.
    loop.add_signal_handler(signal.SIGHUP, lambda: setattr(server, "should_exit", True))
    watcher = asyncio.create_task(follow())
    loop.call_soon(ready)
    try:
        await server.serve(sockets=[listening])
    finally:
        stop.set()
        watcher.cancel()


def _listen(port: int) -> socket.socket:
    """A socket at the port that is wanted, or (where that is 0) at one that is free."""
    for number in (port,) if port else (*PORTS, 0):
        listening = socket.socket()
        try:
            listening.bind((HOST, number))
        except OSError:
            listening.close()
            if port:
                message, hint = f"port {port} is taken", "Choose another, or none."
                raise ProofdeckError(message, hint, exit_code=EXIT_USAGE) from None
            continue
        return listening
    raise AssertionError


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def open_browser(url: str) -> None:
    """Show the page in the reader's own browser, if there is one."""
    threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
