"""The preview's server: whom it answers, what it serves, how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from helpers import fence, make_course
from previews import FRONT, Served, plain


class Asked(Served):
    """A preview that is asked without a browser."""

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of an answer; the path is sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Asked]:
    make_course(tmp_path / "course", FRONT + plain("one", "Text."))
    site = tmp_path / "course" / "build" / "site"
    (site / "x").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (site / "x" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (site / "x" / "folder").symlink_to(tmp_path)
    (site / "x" / "own.txt").write_text("own")
    made = Asked(tmp_path / "course")
    yield made
    if made.process.poll() is None:
        made.stop()


def test_only_names_of_the_loopback_are_answered(served: Asked) -> None:
    own = f"127.0.0.1:{served.port}"
    for host in (own, f"localhost:{served.port}", f"[::1]:{served.port}", "localhost"):
        assert served.get("/x/own.txt", Host=host) == (200, b"own"), host
    for host in (
        *("evil.example", f"evil.example:{served.port}", "127.0.0.1.evil.example", "10.0.0.1"),
        *("localhost.evil.example", "evil.example@127.0.0.1:1", "", "[::1", "0.0.0.0"),
    ):
        assert served.get("/x/own.txt", Host=host)[0] in (400, 403), host


def test_pages_of_other_origins_are_not_answered(served: Asked) -> None:
    own = f"http://127.0.0.1:{served.port}"
    assert served.get("/x/own.txt", Origin=own)[0] == 200
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        own.replace("http", "https"),
    ):
        assert served.get("/x/own.txt", Origin=origin)[0] == 403, origin


def test_the_socket_has_the_same_rules(served: Asked) -> None:
    address = f"ws://127.0.0.1:{served.port}/-/live"
    own = f"http://127.0.0.1:{served.port}"
    with connect(address, origin=own) as socket:  # type: ignore[arg-type]
        socket.send('{"lecture": "x", "shown": null}')
        assert socket.recv(timeout=30)
    for origin in ("http://evil.example", "null", "http://localhost:1"):
        with pytest.raises(InvalidStatus, match="403"):
            connect(address, origin=origin)  # type: ignore[arg-type]
    with pytest.raises(InvalidStatus, match=r"40[03]"):
        connect(address, additional_headers={"Host": "evil.example"}, origin=own)  # type: ignore[arg-type]


def test_a_socket_that_says_nonsense_ends_alone(served: Asked) -> None:
    address = f"ws://127.0.0.1:{served.port}/-/live"
    for said in (
        "nonsense",
        "[]",
        "{}",
        '{"lecture": "x", "shown": 3}',
        '{"lecture": "none", "shown": {}}',
    ):
        with connect(address) as socket:
            socket.send(said)
    assert served.get("/x/own.txt") == (200, b"own")


def test_only_the_site_is_served(served: Asked) -> None:
    assert served.get("/x/own.txt") == (200, b"own")
    for path in (
        *(
            "/x/link.txt",
            "/x/folder/secret.txt",
            "/../../pyproject.toml",
            "/x/../../../pyproject.toml",
        ),
        *("/x/%2e%2e/%2e%2e/%2e%2e/pyproject.toml", "/x/..%2f..%2f..%2fpyproject.toml"),
        *("/slides/x.md", "/x//etc/passwd", "//etc/passwd", "/pyproject.toml/", "/x/%00", "/none/"),
    ):
        status, body = served.get(path)
        assert (status, b"secret" in body, b"tool.proofdeck" in body) == (404, False, False), path


def test_two_previews_have_ports_of_their_own(served: Asked, tmp_path: Path) -> None:
    make_course(tmp_path / "other", FRONT + plain("one", "Other."))
    other = Asked(tmp_path / "other")
    try:
        assert other.port != served.port
        assert (served.get("/x/")[0], other.get("/x/")[0]) == (200, 200)
    finally:
        other.stop()


def test_a_port_that_is_taken_is_an_error(served: Asked) -> None:
    command = [sys.executable, "-m", "proofdeck", "preview", "--port", str(served.port)]
    done = subprocess.run(command, cwd=served.root, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"port {served.port} is taken" in done.stderr


def while_it_runs(root: Path) -> Asked:
    """A preview in the middle of a snippet."""
    waits = "from pathlib import Path\nimport time\nPath('begun').touch()\ntime.sleep(300)"
    make_course(root, FRONT + plain("one", fence(waits)))
    made = Asked(root, "x")
    while not (root / "begun").exists():
        assert made.process.poll() is None
    return made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_and_leaves_no_process(tmp_path: Path, number: int) -> None:
    made = while_it_runs(tmp_path / "course")
    children = made.children()
    assert len(children) >= 3  # Pandoc, the server of processes, and the one that runs
    assert (made.stop(number), made.process.returncode) == ("", 0)
    psutil.wait_procs(children, timeout=30)
    assert [child for child in children if child.is_running()] == []


def test_it_leaves_no_process_when_it_is_killed(tmp_path: Path) -> None:
    made = while_it_runs(tmp_path / "course")
    children = made.children()
    os.kill(made.process.pid, signal.SIGKILL)
    made.process.wait()
    assert psutil.wait_procs(children, timeout=30)[1] == []
