"""Benchmarks of heaps."""

from __future__ import annotations
