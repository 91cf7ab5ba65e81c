"""Benchmarks of sparse."""

from __future__ import annotations
