from typing import overload

from ntpages._native.regions.region import Region
from ntpages._native.regions.request import Allocation

class Placeholder:
    @overload
    def __init__(self, allocation: Allocation) -> None: ...
    @overload
    def __init__(self, region: Region) -> None: ...
    @overload
    def __init__(self, whole: Placeholder, offset: int) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether the place is given up: freed, merged into another, or taken by memory."""
    @property
    def address(self) -> int:
        """Address of the first byte. Once the placeholder is closed, where it was."""
    @property
    def size(self) -> int:
        """Bytes: whole pages. Fewer after ``split()``, more after ``merge()``."""
    def close(self) -> None: ...
    def _merge(self, following: Placeholder) -> None: ...

def replace(placeholder: Placeholder, kind: int, protection: int, node: int) -> Allocation: ...
