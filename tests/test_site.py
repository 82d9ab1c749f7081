"""What is published: file by file, twice the same, nothing left over."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from conftest import Built, build_course
from helpers import fence, make_course, proofdeck, site_files, slide
from proofdeck import site, stamps
from proofdeck.build import build
from proofdeck.cache import Cache, write_atomically
from proofdeck.config import Options

DECK = ("build", "--to", "deck")


def stats(root: Path) -> dict[str, tuple[int, int]]:
    """Modification time and inode of every file of the site."""
    return {
        name: ((file := root / "build/site" / name).stat().st_mtime_ns, file.stat().st_ino)
        for name in site_files(root)
    }


def changed(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> set[str]:
    """Files that were written, removed or are new."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_the_site_holds_a_course_page_and_the_documents_of_each_lecture(built: Built) -> None:
    names = {name for name in built.files if not name.startswith(("assets/", "small/figures/"))}
    media = {name for name in names if name.startswith("small/media/dot.")}
    assert len(media) == 1
    assert names - media == {
        "index.html",
        "small/index.html",
        "small/handout.pdf",
        "small/instructor.pdf",
        "small/small.html",
        "small/small-instructor.ipynb",
        "small/small-student.ipynb",
    }


def test_building_twice_anywhere_gives_the_same_bytes_of_every_file(
    built: Built, tmp_path: Path
) -> None:
    environment = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "TERM": "dumb"}
    environment |= {"COLUMNS": "200", "NO_COLOR": "1", "MPLBACKEND": "pdf"}
    other = build_course(tmp_path / "elsewhere" / "course", **environment)
    assert other.done.returncode == 0, other.done.stderr
    assert sorted(other.files) == sorted(built.files)
    assert [name for name in built.files if built.files[name] != other.files[name]] == []


def test_no_file_names_this_machine(built: Built) -> None:
    wanted = [str(built.root), str(Path.home()), os.uname().nodename]
    found = [
        (name, text)
        for name, data in built.files.items()
        for text in wanted
        if len(text) > 5 and text.encode() in data
    ]
    assert found == []


def test_a_build_with_nothing_to_do_writes_nothing(copy: Path) -> None:
    command = ("build", "--single-file")
    assert proofdeck(copy, *command).returncode == 0
    before = stats(copy)
    done = proofdeck(copy, *command)
    assert (done.returncode, changed(before, stats(copy))) == (0, set())
    assert "small: cached" in done.stderr


@pytest.mark.parametrize("looks", ["os.path.exists('new.csv')", "'new.csv' in os.listdir('.')"])
def test_a_file_that_was_looked_for_in_vain_is_found_when_it_comes(
    tmp_path: Path, looks: str
) -> None:
    make_course(tmp_path, slide(fence(f"import os\nprint('found:', {looks})")))
    assert proofdeck(tmp_path, "build").returncode == 0
    assert b"found: False" in site_files(tmp_path)["x/index.html"]
    (tmp_path / "new.csv").write_text("1")
    assert proofdeck(tmp_path, "build").returncode == 0
    assert b"found: True" in site_files(tmp_path)["x/index.html"]


def test_a_file_that_only_one_frame_of_a_dial_reads_counts(tmp_path: Path) -> None:
    code = "from pathlib import Path\nn = 1\nprint(Path(f'{n}.txt').read_text())"
    text = slide(fence(code, "label: s", "sweep: {n: [1, 2]}"))
    make_course(tmp_path, text, **{"1.txt": "first", "2.txt": "second"})
    assert proofdeck(tmp_path, *DECK).returncode == 0
    (tmp_path / "2.txt").write_text("another")
    assert proofdeck(tmp_path, *DECK).returncode == 0
    assert b"another" in site_files(tmp_path)["x/index.html"]


def test_an_edit_of_prose_writes_only_the_documents(copy: Path, built: Built) -> None:
    before = stats(copy)
    lecture = copy / "slides" / "small.md"
    lecture.write_text(lecture.read_text().replace("Tab one.", "Another tab."))
    assert proofdeck(copy, "build", "--single-file").returncode == 0
    assert changed(before, stats(copy)) == {
        "index.html",
        "small/index.html",
        "small/handout.pdf",
        "small/instructor.pdf",
        "small/small.html",
        "small/small-instructor.ipynb",
        "small/small-student.ipynb",
    }
    report = json.loads((copy / "build/report.json").read_text())
    assert {snippet["cached"] for snippet in report["lectures"][0]["snippets"]} == {True}


def test_what_a_lecture_no_longer_has_is_removed(tmp_path: Path) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    make_course(tmp_path, slide(fence(code)), **{"slides/y.md": "## Y\n"})
    assert proofdeck(tmp_path, "build").returncode == 0
    first = site_files(tmp_path)
    (tmp_path / "build/site/x/.index.html.123-4.tmp").write_text("left by a killed build")
    make_course(tmp_path, slide(fence(code.replace("1, 2", "1, 3"))))
    (tmp_path / "slides/y.md").unlink()
    assert proofdeck(tmp_path, "build").returncode == 0
    second = site_files(tmp_path)
    old, new = ({n for n in files if n.startswith("x/figures/")} for files in (first, second))
    assert len(old) == len(new) == 2  # for the light and for the dark theme
    assert not old & new
    assert set(second) == {name for name in first if not name.startswith("y/")} - old | new
    assert b"y/index.html" in first["index.html"]
    assert b"y/index.html" not in second["index.html"]


def test_one_document_can_be_built_without_losing_the_others(tmp_path: Path) -> None:
    make_course(tmp_path, "## X\n")
    assert proofdeck(tmp_path, *DECK).returncode == 0
    assert proofdeck(tmp_path, "build", "--to", "notebook").returncode == 0
    names = {name for name in site_files(tmp_path) if name.startswith("x/")}
    assert names == {"x/index.html", "x/x-instructor.ipynb", "x/x-student.ipynb"}


def test_the_course_page_has_every_lecture_in_the_order_of_their_names(tmp_path: Path) -> None:
    make_course(tmp_path, **{f"slides/{name}.md": f"## {name}\n" for name in ("b", "a", "c")})
    assert proofdeck(tmp_path, *DECK, "b", "c").returncode == 0
    assert proofdeck(tmp_path, *DECK, "a").returncode == 0
    page = site_files(tmp_path)["index.html"].decode()
    places = [page.index(f'href="{name}/index.html"') for name in "abc"]
    assert places == sorted(places)


def test_equal_lectures_can_be_built_at_once(tmp_path: Path) -> None:
    text = slide("$x^2$", fence("1 + 1"))
    make_course(tmp_path, **{f"slides/{n}.md": text for n in range(6)})
    done = proofdeck(tmp_path, *DECK)
    assert done.returncode == 0, done.stderr
    pages = [site_files(tmp_path)[f"{n}/index.html"] for n in range(6)]
    assert [b"<code>2</code>" in one for one in pages] == [True] * 6


def test_pages_are_written_after_what_they_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def note(path: Path, data: bytes) -> bool:
        written.append(path.relative_to(tmp_path).as_posix())
        return write_atomically(path, data)

    monkeypatch.setattr(site, "write_atomically", note)
    names = ["index.html", "figures/a.svg", "x.ipynb", "media/b.png", "handout.pdf"]
    site.write_lecture(tmp_path / "x", dict.fromkeys(names, b""))
    pages = {"x/handout.pdf", "x/index.html", "x/x.ipynb"}
    assert set(written[-3:]) == pages
    assert set(written[-5:-3]) == {"x/figures/a.svg", "x/media/b.png"}
    assert {name.partition("/")[0] for name in written[:-5]} == {"assets"}


def test_the_old_page_of_a_lecture_that_fails_keeps_its_style_sheets(tmp_path: Path) -> None:
    config = make_course(tmp_path, "## X\n")
    sheet = b'body { src: url("fonts/a.0123456789.woff2") }'
    old = {"old.0123456789.css": sheet, "fonts/a.0123456789.woff2": b"", "no.9876543210.js": b""}
    for name, data in old.items():
        write_atomically(config.site / "assets" / name, data)
    page = b'<link href="../assets/old.0123456789.css">'
    write_atomically(config.site / "x" / "index.html", page)
    site.remove_old_assets(config)
    left = {name for name in site_files(tmp_path) if name.removeprefix("assets/") in old}
    assert left == {"assets/old.0123456789.css", "assets/fonts/a.0123456789.woff2"}


def shown_by(page: Path) -> set[Path]:
    """The pictures of a page."""
    return {page.parent / name for name in re.findall(r'<img src="([^"]+)"', page.read_text())}


@pytest.mark.parametrize("moment", ["write_index", "remove_others"])
def test_a_course_page_whose_build_is_cut_off_shows_what_is_there_and_then_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, {n}]);"
    config = make_course(tmp_path, slide(fence(plot.format(n=2))))
    assert proofdeck(tmp_path, "build").returncode == 0
    page = config.site / "index.html"
    old = shown_by(page)
    make_course(tmp_path, slide(fence(plot.format(n=3))))

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, patch.dict(os.environ):
        patched.setattr(site, moment, cut_off)
        with pytest.raises(KeyboardInterrupt):
            build(config, ["slides/x.md"], Options(), lambda *_: None)
    shown = shown_by(page)
    assert len(shown) == 2  # for the light and for the dark theme
    assert all(picture.is_file() for picture in shown)
    assert proofdeck(tmp_path, "build").returncode == 0
    assert not shown_by(page) & old
    assert all(picture.is_file() for picture in shown_by(page))


def test_what_another_version_left_in_the_cache_does_not_break_the_course_page(
    tmp_path: Path,
) -> None:
    config = make_course(tmp_path, "## X\n", **{"slides/y.md": "## Y\n"})
    assert proofdeck(tmp_path, *DECK).returncode == 0
    cache = Cache(config.cache)
    stamp = stamps.load(cache, "y")
    assert stamp
    cache.put("stamps", "y", replace(stamp, own="another", card={"name": "y"}))
    make_course(tmp_path, "## X again\n")
    assert proofdeck(tmp_path, *DECK, "x").returncode == 0
    assert b"x/index.html" in site_files(tmp_path)["index.html"]
    assert proofdeck(tmp_path, *DECK).returncode == 0
    assert b"y/index.html" in site_files(tmp_path)["index.html"]
