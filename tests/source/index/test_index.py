from __future__ import annotations

from pathlib import Path

from reviewer.patch.tree import Directory
from reviewer.source.conditions import render
from reviewer.source.index.include_path import locate
from reviewer.source.index.index import Index
from reviewer.source.index.scope import Scope
from reviewer.source.index.store import Store

FILES = {
    "arch/x86/include/asm/page.h": """#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H
#define HAVE_FAST
#ifdef CONFIG_DEBUG
extern long convert(long);
#else
#define convert(x) (x)
#endif
#endif
""",
    "include/asm-generic/fast.h": "#ifndef HAVE_FAST\n#define fast() slow()\n#endif\n",
    "include/linux/a.h": '#include <asm/page.h>\n#include <asm/fast.h>\n#include "b.h"\n',
    "include/linux/b.h": "#ifdef CONFIG_B\nint b(void);\n#endif\n",
    "arch/arm/include/asm/page.h": "int only_arm(void);\n",
}


def scope(folder: Path, text: str, path: str = "arch/x86/kernel/x.c") -> Scope:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return Index(Directory(folder), Store()).scope(path, text.encode())


def test_headers_are_found_the_way_the_compiler_finds_them(tmp_path: Path) -> None:
    found = scope(tmp_path, "#include <linux/a.h>\n")
    assert list(found.files) == [
        "include/linux/a.h",
        "arch/x86/include/asm/page.h",
        "include/asm-generic/fast.h",
        "include/linux/b.h",
    ]


def test_the_architecture_decides_what_asm_is(tmp_path: Path) -> None:
    found = scope(tmp_path, "#include <linux/a.h>\n", "arch/arm/kernel/x.c")
    assert "arch/arm/include/asm/page.h" in found.files


def test_definitions_stand_under_what_headers_define(tmp_path: Path) -> None:
    found = scope(tmp_path, "#include <linux/a.h>\n")
    assert [render(item.presence) for item in found.definitions("convert")] == ["!CONFIG_DEBUG"]
    assert found.definitions("fast") == ()
    where = found.declaration("convert")
    assert where is not None
    assert (where.path, where.line) == ("arch/x86/include/asm/page.h", 5)


def test_an_include_under_an_option_lends_it(tmp_path: Path) -> None:
    found = scope(tmp_path, "#ifdef CONFIG_A\n#include <linux/a.h>\n#endif\n")
    assert [render(item.presence) for item in found.definitions("convert")] == [
        "CONFIG_A && !CONFIG_DEBUG"
    ]


def test_files_that_a_series_changed_are_read_as_it_left_them(tmp_path: Path) -> None:
    index = scope(tmp_path, "").index
    changed = index.with_files({"include/linux/b.h": b"#define b() 1\n"})
    text = b"#include <linux/b.h>\n"
    assert not index.scope("x.c", text).definitions("b")
    assert changed.scope("x.c", text).definitions("b")


def test_an_include_does_not_leave_the_tree() -> None:
    def exists(path: str) -> bool:
        return True

    assert locate("../../x.h", "a/b.c", system=False, arch="x86", exists=exists) == "arch/x.h"
    assert locate("../../../../../x.h", "a.c", system=False, arch="x86", exists=exists) == ""
