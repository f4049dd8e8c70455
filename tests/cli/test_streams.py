from __future__ import annotations

import io
from pathlib import Path

import pytest

from reviewer.cli.streams import Colour, Sink, counted, in_colour, opened
from reviewer.errors import AnalysisError, InputError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert not in_colour(Colour.AUTO, None)
    assert in_colour(Colour.ALWAYS, None)
    monkeypatch.setattr("sys.stdout", Terminal())
    assert in_colour(Colour.AUTO, None)
    assert not in_colour(Colour.NEVER, None)
    assert not in_colour(Colour.AUTO, Path("report"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not in_colour(Colour.AUTO, None)


def test_progress_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(counted("abc", 3, "file", quiet=False)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert list(counted("ab", 2, "file", quiet=False)) == ["a", "b"]
    assert terminal.getvalue() == "\r\x1b[Kfile 1/2\r\x1b[Kfile 2/2\r\x1b[K"


def test_no_progress_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    list(counted("ab", 2, "file", quiet=True))
    assert terminal.getvalue() == ""


def test_sink_writes_utf8_to_a_file(tmp_path: Path) -> None:
    with opened(tmp_path / "report") as sink:
        sink.write("é\n")
    assert (tmp_path / "report").read_bytes() == b"\xc3\xa9\n"


def test_sink_writes_to_stdout(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    Sink(None).write("é\n")
    assert capsysbinary.readouterr().out == b"\xc3\xa9\n"


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), opened(tmp_path):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_no_bug() -> None:
    with (
        pytest.raises(
            AnalysisError, match="/dev/full: the result cannot be written: No space left"
        ),
        opened(Path("/dev/full")) as sink,
    ):
        sink.write("a finding\n")
