"""``python -m ntmem``: the command line."""

from __future__ import annotations

from ntmem.cli import main

main()
