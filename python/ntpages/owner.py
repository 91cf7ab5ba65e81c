"""Owners: objects that hold something of the system's, and give it back once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn, Protocol

    from typing_extensions import Self

    class _Closable(Protocol):
        def close(self) -> None: ...


__all__ = ["Owner", "Unique"]


class Unique:
    """What is of this process, and never copied."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        msg = f"a {type(self).__name__} can't be copied or pickled"
        raise TypeError(msg)


class Owner(Unique):
    """What is closed once, by hand or by ``with``, and never copied."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    # Whoever derives from this has a close(). One declared here would hide its documentation.
    def __exit__(self: _Closable, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        msg = f"a {type(self).__name__} can't be copied or pickled; copy its bytes"
        raise TypeError(msg)
