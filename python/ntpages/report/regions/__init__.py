"""Address spaces for people."""

from __future__ import annotations
