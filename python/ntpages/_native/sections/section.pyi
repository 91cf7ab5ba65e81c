from enum import IntFlag
from typing import overload

class Attributes(IntFlag):
    """What a section is made of, in Windows' own words."""

    FILE = 0x800000
    IMAGE = 0x1000000
    RESERVE = 0x4000000
    COMMIT = 0x8000000
    NOCACHE = 0x10000000
    WRITECOMBINE = 0x40000000
    LARGE_PAGES = 0x80000000

class Section:
    @overload
    def __init__(self, wishes: tuple[int | str, ...]) -> None: ...
    @overload
    def __init__(self, name: str, protection: int) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether the handle was given back. Views of the section live on."""
    @property
    def name(self) -> str | None:
        """By which others open it, with its prefix; ``None`` where it has none."""
    @property
    def size(self) -> int:
        """Bytes, as the kernel has them: whole pages, or as many as the file had.

        Raises:
            ValueError: The section is closed.
            NtError: Windows refused.

        Source: ``NtQuerySection``, undocumented, Windows XP.
        """
    @property
    def created(self) -> bool:
        """Whether this object made the section; otherwise it was there."""
    @property
    def security(self) -> str:
        """Owner, group, access list and integrity label, as SDDL text.

        Raises:
            ValueError: The section is closed.
            AccessDeniedError: The access list does not let it be read.
            NtError: Windows refused.

        Source: ``GetKernelObjectSecurity`` (securitybaseapi.h),
        ``ConvertSecurityDescriptorToStringSecurityDescriptor`` (sddl.h), Windows XP;
        ``NtDuplicateObject`` (ntifs.h), Windows XP.
        """
    def close(self) -> None:
        """Give the handle back. Closing twice is harmless.

        With its last handle, in all processes, the name is gone; with its last view the memory.

        Raises:
            NtError: Windows refused.

        Source: ``CloseHandle`` (handleapi.h), Windows XP.
        """
    @property
    def _facts(self) -> tuple[int, int]: ...
    @property
    def _extent(self) -> tuple[int, bool]: ...
    @property
    def _protection(self) -> int: ...
    @property
    def _node(self) -> int: ...
