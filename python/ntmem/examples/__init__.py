"""Examples: small programs that show what ntmem is for. Run them with ``python -m``."""

from __future__ import annotations
