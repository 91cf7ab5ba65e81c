"""Benchmarks of ``ntpages top``."""

from __future__ import annotations
