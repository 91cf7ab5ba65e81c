"""``ntpages map``."""

from __future__ import annotations
