from collections.abc import Sequence

from typing_extensions import Buffer

from ntpages._native.regions import Allocation

class PhysicalPages:
    def __init__(self, count: int, node: int | None) -> None: ...
    @property
    def obtained(self) -> int:
        """Pages that Windows gave, maybe fewer than were asked for. A count; stays when closed."""
    @property
    def mapped(self) -> int:
        """How many of the pages some window shows now. 0 once they are closed."""
    @property
    def closed(self) -> bool:
        """Whether the pages are given back."""
    def close(self) -> None: ...

class WindowPart(Buffer): ...

class Window(Buffer):
    def __init__(self, allocation: Allocation) -> None: ...
    @property
    def size(self) -> int:
        """Bytes: whole pages. Stays when it is closed."""
    @property
    def address(self) -> int:
        """Address of the first byte.

        Raises:
            ValueError: The window is closed.
        """
    @property
    def mapped(self) -> int:
        """Pages that the window shows now. A count; 0 once it is closed."""
    @property
    def closed(self) -> bool:
        """Whether the window is freed."""
    def _map(self, pages: PhysicalPages, slot: int, first: int, count: int) -> None: ...
    def _map_scatter(
        self, pages: PhysicalPages, placements: Sequence[tuple[int, int | None]]
    ) -> None: ...
    def _unmap(self, slot: int, count: int) -> int: ...
    def _part(self, offset: int, size: int) -> WindowPart: ...
    def close(self) -> None: ...
