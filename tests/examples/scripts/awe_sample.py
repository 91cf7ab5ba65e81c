# lab: awe privileges hold=SeLockMemoryPrivilege
"""The AWE sample: 1000 pages are allocated, and the first 200 of them are mapped and filled."""

from __future__ import annotations

from ntpages.awe import PhysicalPages, Window

with PhysicalPages(1000) as pages:
    if pages.obtained < 1000:
        print(f"Only allocated {pages.obtained} pages")
    use = min(pages.obtained, 200)
    with Window(use << 12) as window:
        window.map(pages, count=use)
        with memoryview(window) as view:
            view[:] = b"\xff" * len(view)
        print(f"{window.mapped} of {pages.obtained} pages are mapped, and filled")
