"""Examples: small programs that show what ntpages is for. Run them with ``python -m``."""

from __future__ import annotations
