"""Mails of our own writing for the tests of intake."""

from __future__ import annotations

from reviewer.patch import mail
from reviewer.patch.mail import Mail
from reviewer.patch.mbox import RawMail

DIFF = """\
diff --git a/kernel/stop.c b/kernel/stop.c
index 1111111111aa..2222222222bb 100644
--- a/kernel/stop.c
+++ b/kernel/stop.c
@@ -10,3 +10,4 @@ void stop_cpu(void)
 {
 \tflush();
+\twait();
 }
"""


def diff(path: str = "kernel/stop.c", added: str = "wait();") -> str:
    return DIFF.replace("kernel/stop.c", path).replace("wait();", added)


def text(
    subject: str,
    *,
    body: str = "",
    message_id: str = "",
    in_reply_to: str = "",
    references: str = "",
    author: str = "A Developer <dev@example.org>",
    headers: str = "",
) -> str:
    """A mail as it is sent; its body defaults to a patch."""
    lines = [f"From: {author}", f"Subject: {subject}", "Date: Thu, 1 Jan 2026 10:00:00 +0000"]
    lines += [f"Message-ID: <{message_id}>"] if message_id else []
    lines += [f"In-Reply-To: <{in_reply_to}>"] if in_reply_to else []
    lines += [f"References: {references}"] if references else []
    head = "\n".join(lines) + "\n" + headers
    return f"{head}\n{body or patch()}"


def patch(path: str = "kernel/stop.c", added: str = "wait();") -> str:
    """The body of a patch mail."""
    log = "Wait for the other CPU.\n\nSigned-off-by: A Developer <dev@example.org>\n---\n"
    return (
        f"{log} {path} | 1 +\n 1 file changed, 1 insertion(+)\n\n{diff(path, added)}-- \n2.39.5\n"
    )


def quoted(body: str) -> str:
    return "".join(f"> {line}\n" for line in body.splitlines())


def read(raw: str) -> Mail:
    return mail.read(RawMail(raw.encode()), source="a.mbox")
