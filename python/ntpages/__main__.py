"""The ``ntpages`` command, and ``python -m ntpages``."""

from __future__ import annotations

import sys

from ntpages import __version__


def main() -> None:
    """Run the command line; what scripts ask most often is answered without loading it."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"ntpages, version {__version__}\n")
        return
    from ntpages import cli  # noqa: PLC0415

    cli.main()


if __name__ == "__main__":
    main()
