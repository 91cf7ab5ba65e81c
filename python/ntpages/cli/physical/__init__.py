"""``ntpages where`` and ``ntpages files``."""

from __future__ import annotations
