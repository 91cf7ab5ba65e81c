"""Benchmarks of working sets."""

from __future__ import annotations
