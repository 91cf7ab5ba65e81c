"""Benchmarks of looks at physical memory."""

from __future__ import annotations
