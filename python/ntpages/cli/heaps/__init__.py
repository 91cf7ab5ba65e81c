"""``ntpages heap``."""

from __future__ import annotations
