"""What ``ntpages top`` draws: graphs, meters, the table of processes, and what it says of them."""

from __future__ import annotations
