"""What is said while all pages are looked at, and of how far the look can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report import consoles
from ntpages.report.cells import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from ntpages.physical import Summary


class Looking:
    """Says on stderr how far a look is."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._status = consoles.words().status("looking at memory ...")

    def __enter__(self) -> Self:
        """Begin."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the cursor back, after Ctrl-C too."""
        self._status.stop()

    def goes_on(self, done: int, total: int) -> None:
        """Say how much has been looked at. Bytes."""
        self._status.update(f"looked at {size(done)} of {size(total)} ...")


def notes(found: Summary) -> Iterator[str]:
    """Yield sentences on a look: how long it took, how far it drifted, what is missing."""
    yield (
        f"A look of {found.seconds:.2f} s at {size(found.total)}, no snapshot: the lists are "
        f"{size(found.drift)} from what the kernel says of them."
    )
    if found.keys_hidden:
        yield "Keys are hidden: Windows shows them to who has SeDebugPrivilege."
