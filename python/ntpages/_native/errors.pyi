from collections.abc import Callable

from ntpages.errors import NoSuchProcessError, NtError, UnavailableError

def use(
    *,
    from_call: Callable[[str, int, int, str, str], NtError],
    no_such_process: Callable[[str, int, int], NoSuchProcessError],
    from_missing: Callable[[str], UnavailableError],
) -> None:
    """Say who makes the exceptions for refusals of Windows. ``ntpages.errors`` does, once."""
