from enum import IntFlag

class Protection(IntFlag):
    """What may be done with pages."""

    NOACCESS = 0x1
    READONLY = 0x2
    READWRITE = 0x4
    WRITECOPY = 0x8
    EXECUTE = 0x10
    EXECUTE_READ = 0x20
    EXECUTE_READWRITE = 0x40
    EXECUTE_WRITECOPY = 0x80
    GUARD = 0x100
    NOCACHE = 0x200
    WRITECOMBINE = 0x400
    TARGETS_INVALID = 0x40000000
    TARGETS_NO_UPDATE = 0x40000000

class AllocationType(IntFlag):
    COMMIT = 0x1000
    RESERVE = 0x2000
    RESERVE_PLACEHOLDER = 0x40000
    TOP_DOWN = 0x100000
    WRITE_WATCH = 0x200000
    PHYSICAL = 0x400000
    LARGE_PAGES = 0x20000000

class Attribute(IntFlag):
    """What only VirtualAlloc2 offers."""

    NONE = 0x0
    NONPAGED = 0x2
    ZERO_PAGES_OPTIONAL = 0x4
    NONPAGED_LARGE = 0x8
    NONPAGED_HUGE = 0x10
    SOFT_FAULT_PAGES = 0x20
    EC_CODE = 0x40

class Allocation: ...

ANY_NODE: int

def allocate(wishes: tuple[int, ...]) -> Allocation: ...
