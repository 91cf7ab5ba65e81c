r"""Sections: memory that is shared between processes, or shown at several addresses of one.

A ``Section`` is the memory, of page files or of a file; a ``View`` of it is a buffer. A ``Ring`` is
a buffer between a producer and a consumer whose end lies beside its beginning.

A section lives as long as somebody holds it: a handle or a view, in any process. Its **name**
lives as long as a handle: once the last one is closed, or the last process that held one has
ended, nobody can open it any more, and the next ``Section`` of that name is a new one, of zeros.
So whoever makes shared memory keeps it open until the others have opened theirs. There is nothing
to unlink, and nothing is ever left behind.

Names that begin with ``Local\``, or with no prefix, are of one logon session; those that begin with
``Global\`` are the machine's, shared by services and by whoever is logged on. Making one of these
takes ``SeCreateGlobalPrivilege``, which administrators and services hold; opening one doesn't.
Letters count: ``a`` and ``A`` are two names. Events, mutexes and semaphores have their names in the
same place, so that one of theirs can be in the way.

Source: https://learn.microsoft.com/windows/win32/memory/file-mapping
"""

from __future__ import annotations

from ntpages._native.sections import Attributes
from ntpages.sections.ring import Ring
from ntpages.sections.section import Section
from ntpages.sections.view import View

__all__ = ["Attributes", "Ring", "Section", "View"]

__dir__ = __all__.copy
