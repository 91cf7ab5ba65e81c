"""The page lists for people."""

from __future__ import annotations
