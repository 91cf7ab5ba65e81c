"""The ``ntmem`` command, and ``python -m ntmem``."""

from __future__ import annotations

import sys

from ntmem import __version__


def main() -> None:
    """Run the command line; what scripts ask most often is answered without loading it."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"ntmem, version {__version__}\n")
        return
    from ntmem import cli  # noqa: PLC0415

    cli.main()


if __name__ == "__main__":
    main()
