from typing import Final

class NumaNode:
    number: Final[int]
    group: Final[int]
    processors: Final[int]  # bits
    available: Final[int | None]  # bytes

def query_numa_nodes() -> list[NumaNode]: ...
def numa_node_of(address: int) -> int | None: ...
