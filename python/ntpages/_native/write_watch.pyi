from ntpages._native.regions import Region
from ntpages._native.table import Table

def dirty(region: Region, offset: int, size: int, reset: bool) -> Table: ...

class Snapshots:
    def __init__(self, region: Region) -> None: ...
    def __len__(self) -> int: ...
    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the snapshots that there are, ascending."""
    @property
    def current(self) -> int | None:
        """Number of the snapshot that the next one will follow, or ``None``. Stays when closed."""
    @property
    def stored(self) -> int:
        """Bytes of contents that the snapshots keep. 0 once they are closed."""
    @property
    def closed(self) -> bool:
        """Whether they let go of the region."""
    def take(self) -> int:
        """Remember what the region holds now, at the cost of what was written since the last time.

        Returns:
            The number of the snapshot, counting from 0. No number is given out twice.

        Raises:
            ValueError: They are closed.
            OutOfMemoryError: No memory for the changed pages. They count as changed still.
            NtError: Windows refused.

        Source: ``GetWriteWatch`` (memoryapi.h), Windows XP.
        """
    def _restore(self, number: int) -> int: ...
    def _forget(self, number: int) -> int: ...
    def _changed(self, number: int) -> Table: ...
    def close(self) -> None:
        """Forget all snapshots, and let go of the region. Closing twice is harmless."""
