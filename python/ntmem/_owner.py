"""Owners: objects that hold something of the system's, and give it back once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn, SupportsIndex

    from typing_extensions import Self

__all__ = ["Owner"]


class Owner:
    """What is closed once, by hand or by ``with``, and never copied."""

    __slots__ = ()

    if TYPE_CHECKING:  # a real one would hide that of a compiled base class

        def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        msg = f"a {type(self).__name__} can't be copied or pickled; copy its bytes"
        raise TypeError(msg)
