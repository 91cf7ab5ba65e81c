"""Benchmarks of regions."""

from __future__ import annotations
