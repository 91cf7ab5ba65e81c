from typing import overload

from typing_extensions import Buffer

class GlobalMemory(Buffer):
    @overload
    def __init__(self, size: int, movable: bool, zero: bool, local: bool) -> None: ...
    @overload
    def __init__(self, handle: int, local: bool) -> None: ...
    @property
    def handle(self) -> int:
        """What Windows knows the memory by; of fixed memory, its address.

        Raises:
            ValueError: It was closed or detached.
        """
    @property
    def size(self) -> int:
        """Bytes, as Windows says: at least what was asked for.

        Raises:
            ValueError: It was closed or detached.
            NtError: Windows knows no such memory any more: somebody else freed it.

        Source: ``GlobalSize``, ``LocalSize`` (winbase.h), Windows 2000.
        """
    @property
    def local(self) -> bool:
        """Whether it is of LocalAlloc's family, else of GlobalAlloc's."""
    @property
    def locks(self) -> int:
        """How often it is locked, by views and by others. Fixed memory never is.

        Raises:
            ValueError: It was closed or detached.
            NtError: Windows knows no such memory any more.

        Source: ``GlobalFlags``, ``LocalFlags`` (winbase.h), Windows 2000.
        """
    @property
    def closed(self) -> bool:
        """Whether it was freed, or handed on by ``detach()``."""
    def close(self) -> None: ...
    def _resize(self, size: int, zero: bool) -> None: ...
    def detach(self) -> int: ...

def handle_of_global_memory(address: int, local: bool) -> int: ...
