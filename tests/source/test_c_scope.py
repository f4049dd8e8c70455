from __future__ import annotations

from tests.source.lowering import lower_body, paths

EXIT = "guard exit(mutex, &lock)"


def test_a_guard_is_left_at_the_end_of_its_scope() -> None:
    assert paths(lower_body("{ guard(mutex)(&lock); g(); } h();")) == [
        f"guard(mutex, &lock) g() {EXIT} h()"
    ]


def test_a_guard_is_left_by_return_after_the_value_is_known() -> None:
    assert paths(lower_body("guard(mutex)(&lock); if (a) return g(); h();")) == [
        f"guard(mutex, &lock) +a g() {EXIT}",
        f"guard(mutex, &lock) -a h() {EXIT}",
    ]


def test_a_guard_is_left_by_break_and_goto_but_not_within() -> None:
    assert f"+a guard(mutex, &lock) {EXIT} g()" in paths(
        lower_body("while (a) { guard(mutex)(&lock); break; } g();")
    )
    found = paths(
        lower_body("{ guard(mutex)(&lock); if (a) goto out; in: if (b) goto in; } out: g();")
    )
    assert f"guard(mutex, &lock) +a {EXIT} g()" in found
    assert f"guard(mutex, &lock) -a +b -b {EXIT} g()" in found


def test_scoped_guard_covers_its_body() -> None:
    assert paths(lower_body("scoped_guard(mutex, &lock) { g(); } h();")) == [
        "scoped_guard(mutex, &lock) g() guard exit(mutex, &lock) h()"
    ]
    assert paths(lower_body("scoped_guard(mutex, &lock) { if (a) break; g(); } h();")) == [
        "scoped_guard(mutex, &lock) +a guard exit(mutex, &lock) h()",
        "scoped_guard(mutex, &lock) -a g() guard exit(mutex, &lock) h()",
    ]


def test_conditional_guard_may_fail() -> None:
    body = "scoped_cond_guard(mutex_intr, return -EINTR, &lock) { g(); } h();"
    call = "scoped_cond_guard(mutex_intr, return -EINTR, &lock)"
    assert paths(lower_body(body)) == [
        f"{call} +{call} g() guard exit(mutex_intr, return -EINTR, &lock) h()",
        f"{call} -{call}",
    ]


def test_cleanups_run_in_reverse_order() -> None:
    body = "struct s *q __free(kfree) = g(); struct s *r __free(put) = NULL; return h();"
    assert paths(lower_body(body)) == ["g() h() guard exit(put, r) guard exit(kfree, q)"]


def test_class_declares_a_variable() -> None:
    function = lower_body("CLASS(fd, file)(a); g(file);")
    assert "file" in function.locals
    assert paths(function) == ["CLASS(fd, file, a) g(file) guard exit(fd, file, a)"]
