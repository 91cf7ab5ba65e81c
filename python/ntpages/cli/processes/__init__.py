"""``ntpages ps``, ``ntpages top``, ``ntpages scan`` and ``ntpages read``."""

from __future__ import annotations
