"""Benchmarks of numa."""

from __future__ import annotations
