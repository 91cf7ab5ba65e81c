"""Renders what ``ntpages.cli`` gathered: tables, bars, pictures, JSON.

Asks Windows nothing, and imports no other part of ntpages: whatever has the attributes of a result
is shown like one.
"""

from __future__ import annotations
