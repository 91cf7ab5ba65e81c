"""Benchmarks of sections, views and rings."""

from __future__ import annotations
