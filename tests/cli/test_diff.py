from __future__ import annotations

from pathlib import Path

from tests.cli.mini import BAD, PATH, SOURCE, Result, diff, mail, make_tree, mbox, run

WORSE = BAD.replace("\taccount();\n", "\taccount();\n\tannounce();\n")


def versions(tmp_path: Path, old: str, new: str) -> Result:
    tree = make_tree(tmp_path / "linux")
    for name, text in (("v1", old), ("v2", new)):
        # A line above, so that every line number differs between the versions.
        moved = text.replace("int unrelated", "int more;\n\nint unrelated")
        (tmp_path / name).write_text(
            mail("mini: account", diff(SOURCE, moved), tag=f"PATCH {name}")
        )
    return run("diff", tmp_path / "v1", tmp_path / "v2", "--tree", tree)


def test_new_kept_and_gone(tmp_path: Path) -> None:
    worse = versions(tmp_path / "a", BAD, WORSE)
    assert worse.code == 1
    assert worse.out.startswith(f"new: {PATH}:15: error: announce is called")
    assert worse.out.endswith("\n1 new, 1 still there, 0 gone\n")
    better = versions(tmp_path / "b", WORSE, BAD)
    assert better.code == 0
    assert better.out.endswith("\n0 new, 1 still there, 1 gone\n")


def test_one_version_a_file(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    one, two = (mail(f"mini {n}", diff(SOURCE, BAD), number=n) for n in (1, 2))
    (tmp_path / "two").write_text(mbox(one, two.replace("account", "announce")))
    result = run("diff", tmp_path / "two", tmp_path / "two", "--tree", tree)
    assert result.code == 2
    assert "it holds 2 series" in result.err


REPLY = """\
From: A Reviewer <reviewer@example.org>
Subject: Re: [PATCH v1] mini: account
Date: Mon, 1 Jan 2024 00:01:00 +0000
Message-Id: <reply@example.org>
In-Reply-To: <1.mini@example.org>
References: <1.mini@example.org>

On Mon, 1 Jan 2024, A Developer wrote:
> mini: account, in words.

Why?

{quote}
I like that.
"""


def commented(tmp_path: Path, old: str, new: str, under: str) -> Result:
    """Versions of a patch, the first with a reply that has a comment under one of its lines."""
    tree = make_tree(tmp_path / "linux")
    patch = diff(SOURCE, old)
    quote = "".join(
        f"> {line}\n" + ("\nThis is wrong.\n\n" if line == under else "")
        for line in patch.splitlines()
    )
    thread = mbox(mail("mini: account", patch, tag="PATCH v1"), REPLY.format(quote=quote))
    (tmp_path / "v1").write_text(thread)
    (tmp_path / "v2").write_text(mail("mini: account", diff(SOURCE, new), tag="PATCH v2", number=2))
    return run("diff", tmp_path / "v1", tmp_path / "v2", "--tree", tree)


def fates(result: Result) -> list[str]:
    found = [line for line in result.out.splitlines() if line.startswith("comment, ")]
    return [line.partition(": ")[0].removeprefix("comment, ") for line in found]


def test_comments_on_lines_that_changed(tmp_path: Path) -> None:
    result = commented(tmp_path, BAD, BAD.replace("account();\n}", "late();\n}"), "+\taccount();")
    assert fates(result) == ["the same", "changed", "the same"]
    assert f"patch 1 {PATH}:14 `+\taccount();`: This is wrong." in result.out
    assert "patch 1 changelog `mini: account, in words.`: Why?" in result.out
    assert result.out.endswith("comments: 1 on what is changed, 2 on what is the same\n")


def test_a_line_put_in_below_the_comment_is_a_change(tmp_path: Path) -> None:
    result = commented(tmp_path, BAD, WORSE, "+\taccount();")
    assert fates(result)[1] == "changed"


def test_comments_on_lines_that_did_not_change(tmp_path: Path) -> None:
    result = commented(tmp_path, BAD, BAD.replace("x + 1", "x + 3"), "+\taccount();")
    assert fates(result)[1] == "the same"


def test_no_comments_no_words_about_them(tmp_path: Path) -> None:
    assert "comment" not in versions(tmp_path, BAD, WORSE).out
