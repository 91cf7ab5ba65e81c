"""Benchmarks of table."""

from __future__ import annotations
