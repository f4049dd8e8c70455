"""The page in a real browser: no error on its console, nothing loaded, nothing of a patch run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.mini import BAD, SOURCE, diff, mail, make_tree, mbox, run
from tests.conftest import FIXTURES
from tests.integration.tools import needs, tool

pytestmark = needs("chromium")
BOMB = '"); </code><img src=x onerror="document.title=\'owned\'"><script>owned()</script>'


def browse(page: Path, *words: str) -> tuple[str, str]:
    """The document after its script ran, and what the browser logged."""
    done = subprocess.run(
        [tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         "--disable-background-networking", f"--user-data-dir={page.parent}/profile", *words,
         page.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout, done.stderr


@pytest.fixture
def page(tmp_path: Path) -> Path:
    series = FIXTURES / "series/query-after-load-segments/series.mbox"
    words = ("check", series, "--tree", FIXTURES / "minikernel", "--format", "html")
    path = tmp_path / "page.html"
    run(*words, "--output", path)
    return path


def test_the_page_runs_without_an_error(page: Path) -> None:
    document, log = browse(page, "--dump-dom")
    assert "CONSOLE" not in log
    assert ">Next</button>" in document
    assert 'class="now"' in document


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_has_the_width_of_the_window(page: Path, tmp_path: Path, width: int) -> None:
    shot = tmp_path / "shot.png"
    browse(page, f"--window-size={width},2000", f"--screenshot={shot}")
    assert shot.stat().st_size > 10_000


def test_text_of_a_patch_stays_text(tmp_path: Path) -> None:
    hostile = BAD.replace("account();", f'account("{BOMB}");')
    patch = tmp_path / "patch"
    patch.write_text(mail(f"mini: {BOMB}", diff(SOURCE, hostile)))
    path = tmp_path / "page.html"
    tree = make_tree(tmp_path / "linux")
    run("check", patch, "--tree", tree, "--format", "html", "--output", path)
    document, log = browse(path, "--dump-dom")
    assert "CONSOLE" not in log
    assert document.count("<script") == 1
    assert "<img" not in document


def test_a_page_of_several_series(tmp_path: Path) -> None:
    box = mbox(
        mail("mini: account", diff(SOURCE, BAD), number=1),
        mail("mini: announce", diff(SOURCE, BAD.replace("account();\n}", "late();\n}")), number=2),
    )
    (tmp_path / "box").write_text(box)
    path = tmp_path / "page.html"
    tree = make_tree(tmp_path / "linux")
    run("check", tmp_path / "box", "--tree", tree, "--format", "html", "--output", path)
    document, log = browse(path, "--dump-dom")
    assert "CONSOLE" not in log
    assert document.count(">Next</button>") == 2
    assert document.count("<main ") == 2
