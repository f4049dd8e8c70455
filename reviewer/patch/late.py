"""Regular expressions that are compiled when something is first looked for with them.

A mail meets few of those that are there for it, and compiling them all takes longer than reading
the mail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile as late
else:

    class late:
        """An expression that is what re.compile makes of it as soon as it is used."""

        def __init__(self, expression, flags=0):
            self._made_of = (expression, flags)

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            found = getattr(re.compile(*self._made_of), name)
            setattr(self, name, found)
            return found


__all__ = ["late"]
