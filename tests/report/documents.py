"""What makes the text of each format a document of that format."""

from __future__ import annotations

import json
import mailbox
from email import message_from_string, policy
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from tests.report import sarif


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def well_formed(form: str, text: str, scratch: Path) -> None:
    """Raises where the text is no document; `scratch` is a folder to write in."""
    match form:
        case "json":
            for line in text.splitlines() if text.startswith('{"') else [text]:
                json.loads(line)
        case "rdjson":
            assert set(json.loads(text)) == {"source", "diagnostics"}
        case "b4-review":
            assert all(each["tool"] == "reviewer" for each in json.loads(text))
        case "sarif":
            sarif.validate(json.loads(text))
        case "junit":
            assert ElementTree.fromstring(text.encode()).tag in ("testsuite", "testsuites")
        case "html":
            page = _Page()
            page.feed(text)
            assert page.open == []
            assert page.seen.count("script") == page.seen.count("html") == 1
            assert len(set(page.ids)) == len(page.ids)
            assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
        case "reply" if text.startswith("From "):
            (scratch / "replies").write_text(text)
            box = mailbox.mbox(scratch / "replies")
            for each in box:
                _reply(each.as_string())
            box.close()
        case "reply" if text:
            _reply(text)
        case "github":
            assert all(line.startswith("::") for line in text.splitlines())
        case "b4":
            assert all(text.splitlines())


def _reply(text: str) -> None:
    message = message_from_string(text, policy=policy.default)
    assert message["Subject"].startswith("Re: ")
    assert not message.defects
    assert all(len(line.encode()) <= 998 for line in text.split("\n"))
