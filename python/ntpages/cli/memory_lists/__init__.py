"""``ntpages lists``, ``ntpages clean`` and ``ntpages defrag``."""

from __future__ import annotations
