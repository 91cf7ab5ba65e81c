from typing_extensions import Buffer

from ntpages._native.processes.process import Process
from ntpages._native.table import Table

class Scan:
    def __init__(
        self,
        process: Process,
        needles: tuple[tuple[bytes, bytes, int], ...],
        start: int,
        end: int,
        writable: bool,
        limit: int,
        within: Buffer | None,
        threads: int,
    ) -> None: ...
    def advance(self, milliseconds: int) -> bool: ...
    @property
    def scanned(self) -> int: ...
    @property
    def cut_short(self) -> bool: ...
    def matches(self) -> Table: ...
    def holes(self) -> Table: ...
