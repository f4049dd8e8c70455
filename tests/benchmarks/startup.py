"""Start-up against `python -c "import typer"`: `--version`, and a patch that touches no code.

Run as `python -m tests.benchmarks.startup`; the aim is a ratio below 2.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import medians

ROUNDS = 21
PATCH = """\
From: A Developer <developer@example.org>
Subject: [PATCH] docs: mini: fix a word
Date: Mon, 1 Jan 2024 00:00:00 +0000

Fix a word.

Signed-off-by: A Developer <developer@example.org>
---
 Documentation/mini.rst | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/Documentation/mini.rst b/Documentation/mini.rst
--- a/Documentation/mini.rst
+++ b/Documentation/mini.rst
@@ -1,3 +1,3 @@
 Mini
-teh end
+the end
 ====
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        patch = Path(folder, "docs.patch")
        patch.write_text(PATCH)
        reviewer = [sys.executable, "-m", "reviewer"]
        found = medians(
            {
                "import typer": [sys.executable, "-c", "import typer"],
                "reviewer --version": [*reviewer, "--version"],
                "reviewer check docs.patch": [*reviewer, "check", str(patch)],
            },
            ROUNDS,
        )
    base = found["import typer"]
    for name, seconds in found.items():
        print(f"{name:28} {seconds * 1000:6.0f} ms  {seconds / base:5.2f}x")


if __name__ == "__main__":
    main()
