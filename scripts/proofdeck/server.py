"""The preview's server: the site as it would be built now, to browsers on this machine only.

Another page in the same browser must not read the course or follow its changes: names that are not
of the loopback, and pages of other origins, get nothing.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from proofdeck.config import TEMPLATES, Config
from proofdeck.live import View
from proofdeck.patch import Shown, patch

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.ASCII)
SOCKET = "/-/live"
EMPTY = "<!doctype html><title>…</title><body></body>"
"""Where nothing can be shown yet."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Course(Protocol):
    """What the server shows."""

    config: Config

    def view(self, name: str) -> View | None:
        """What pages of a lecture show now, which from now on is kept up to date."""

    def asset(self, name: str) -> bytes | None:
        """A file that all decks share."""

    def index(self) -> str:
        """The course page."""

    def make_documents(self, name: str) -> None:
        """Bring a lecture's handouts and notebook up to date."""


class Hub:
    """Tells open pages of changes, from whatever thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        """Something is not as it was."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    def listen(self) -> asyncio.Event:
        """An event that is set at each change."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.add(event)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Tell it no more."""
        self._waiting.discard(event)


class OnlyLoopback:
    """Answers only requests that name this machine, from pages of the preview itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is ours."""
        if scope["type"] == "lifespan" or is_own(scope["headers"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refused = PlainTextResponse("not this machine's name", 403)
            await refused(scope, receive, send)


def is_own(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request names the loopback, and comes from no other origin."""
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if len(hosts) != 1 or not LOOPBACK.fullmatch(hosts[0]):
        return False
    return all(origin == f"http://{hosts[0]}" for origin in origins)


class Pages:
    """Answers to requests."""

    def __init__(self, course: Course, hub: Hub) -> None:
        self.course, self.hub = course, hub
        course.config.site.mkdir(parents=True, exist_ok=True)
        self.static = StaticFiles(directory=course.config.site)

    async def index(self, _: Request) -> Response:
        """The course page."""
        html = await run_in_threadpool(self.course.index)
        return HTMLResponse(_with_script(html, "", None), headers=HEADERS)

    async def deck(self, request: Request) -> Response:
        """A lecture's deck, or an empty page that will be told of it."""
        name = request.path_params["name"]
        view = await run_in_threadpool(self.course.view, name)
        if view is None:
            return PlainTextResponse("there is no such lecture", 404)
        html = view.page.html if view.page else EMPTY
        shown = Shown.of(view.page) if view.page else None
        return HTMLResponse(_with_script(html, name, shown), headers=HEADERS)

    async def file(self, request: Request) -> Response:
        """A file as it would be in the site now, or as it is there."""
        name, path = request.path_params["name"], request.path_params["path"]
        data = self.course.asset(path) if name == "assets" else None
        if data is None and (view := self.course.view(name)):
            data = view.files.get(path)
            if path.endswith((".pdf", ".ipynb")):
                await run_in_threadpool(self.course.make_documents, name)
        if data is not None:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return Response(data, media_type=kind, headers=HEADERS)
        found = await self.static.get_response(f"{name}/{path}", request.scope)
        found.headers.update(HEADERS)
        return found

    async def follow(self, socket: WebSocket) -> None:
        """Tell an open page of changes."""
        await _follow(socket, self.course, self.hub)


def make_app(course: Course, hub: Hub) -> ASGIApp:
    """The application for one course."""
    pages = Pages(course, hub)
    routes = [
        Route("/", pages.index),
        Route("/index.html", pages.index),
        WebSocketRoute(SOCKET, pages.follow),
        Route("/{name}/", pages.deck),
        Route("/{name}/index.html", pages.deck),
        Route("/{name}/{path:path}", pages.file),
    ]
    return OnlyLoopback(Starlette(routes=routes))


async def _follow(socket: WebSocket, course: Course, hub: Hub) -> None:
    """Tell a page what it lacks, for as long as it is open."""
    await socket.accept()
    changed = hub.listen()
    sender: asyncio.Task[None] | None = None
    try:
        hello = await socket.receive_json()
        tell = _deck_teller(course, hello) if hello["lecture"] else _index_teller(course)
        sender = asyncio.create_task(_tell(socket, changed, tell))
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, ValueError, KeyError, TypeError):
        pass  # the page is gone, or is none of ours
    finally:
        if sender:
            sender.cancel()
        hub.leave(changed)


Teller = Callable[[], dict[str, Any]]
"""Gives what a page has not been told yet; empty for nothing."""


async def _tell(socket: WebSocket, changed: asyncio.Event, tell: Teller) -> None:
    while True:
        changed.clear()
        if message := await run_in_threadpool(tell):
            await socket.send_text(json.dumps(message))
        await changed.wait()


def _deck_teller(course: Course, hello: Mapping[str, Any]) -> Teller:
    name = str(hello["lecture"])
    shown = Shown(**hello["shown"]) if hello["shown"] else Shown({}, "", "")
    marks: dict[str, Any] = {}

    def tell() -> dict[str, Any]:
        nonlocal shown, marks
        view = course.view(name)
        if view is None:
            return {}
        message: dict[str, Any] = {}
        if view.page and (message := patch(shown, view.page)):
            shown = Shown.of(view.page)
            message["shown"] = asdict(shown)
        now = {
            "troubles": [trouble.as_data() for trouble in view.troubles],
            "running": view.running,
            "waiting": view.waiting,
        }
        message |= {key: value for key, value in now.items() if marks.get(key) != value}
        marks = now
        return message

    return tell


def _index_teller(course: Course) -> Teller:
    shown = course.index()

    def tell() -> dict[str, Any]:
        return {"reload": True} if course.index() != shown else {}

    return tell


def _with_script(html: str, lecture: str, shown: Shown | None) -> str:
    """A page with the preview's script, which no file of the site has."""
    script, style = (
        (TEMPLATES / name).read_text("utf-8") for name in ("preview.js", "preview.css")
    )
    start = {"lecture": lecture, "socket": SOCKET, "shown": asdict(shown) if shown else None}
    data = json.dumps(start).replace("<", "\\u003c")
    added = (
        f"<style data-preview>{style}</style>"
        f'<script type="application/json" id="preview-start">{data}</script>'
        f"<script data-preview>{script}</script>"
    )
    return html.replace("</body>", f"{added}</body>")
