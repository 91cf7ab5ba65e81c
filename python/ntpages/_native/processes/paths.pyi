from ntpages._native.table import Table

def find_pointer_paths(
    pointers: Table,
    modules: list[tuple[int, int]],
    address: int,
    depth: int,
    width: int,
    limit: int,
) -> list[tuple[int, list[int]]]: ...
