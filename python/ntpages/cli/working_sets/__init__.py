"""``ntpages limits`` and ``ntpages trim``."""

from __future__ import annotations
