"""Benchmarks of processes."""

from __future__ import annotations
