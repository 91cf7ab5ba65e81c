"""The ``ntpages`` command, and ``python -m ntpages``."""

from __future__ import annotations

import os
import sys

from ntpages import __version__


def keeps_to_its_path() -> bool:
    """Whether Python was told (``-I`` or ``-P``) to import nothing from the current folder."""
    return bool(sys.flags.isolated or getattr(sys.flags, "safe_path", False))  # since Python 3.11


def _leave_out_the_current_folder() -> None:
    """Import nothing from where the user happens to be, as ``python -m`` does before all else.

    Whoever may write there, a folder of downloads say, must not get their code run by an
    administrator. What ``python -m`` itself imports comes before this; ``doctor`` says so.
    """
    if not keeps_to_its_path() and sys.path[:1] in ([""], [os.getcwd()]):  # noqa: PTH109 (pathlib takes its time)
        del sys.path[0]


def main() -> None:
    """Run the command line; what scripts ask most often is answered without loading it."""
    _leave_out_the_current_folder()
    from contextlib import suppress  # noqa: PLC0415 (now that nobody else's can be found)

    if sys.argv[1:] == ["--version"]:
        with suppress(AttributeError, OSError, ValueError):  # the command line knows what to do
            sys.stdout.write(f"ntpages, version {__version__}\n")
            sys.stdout.flush()
            return
    from ntpages import cli  # noqa: PLC0415

    cli.main()


if __name__ == "__main__":
    main()
