"""Benchmarks of awe."""

from __future__ import annotations
