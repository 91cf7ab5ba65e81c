"""The colours of ``ntpages top``: dark, light, and none at all."""

from __future__ import annotations

from textual.theme import Theme

THEMES = {
    "dark": Theme("dark", primary="#2f6db5", accent="#5dc1d6", warning="#d9a300", dark=True),
    "light": Theme(
        "light",
        primary="#2f6db5",
        accent="#1f6f80",
        warning="#8a6100",
        background="#ffffff",
        surface="#f3f3f3",
        panel="#dfe5ec",
        foreground="#1a1a1a",
        dark=False,
    ),
    "none": Theme(
        "none",
        primary="#767676",
        secondary="#767676",
        accent="#d0d0d0",
        warning="#ffffff",
        error="#ffffff",
        success="#ffffff",
        foreground="#d0d0d0",
        background="#000000",
        surface="#101010",
        panel="#303030",
        dark=True,
    ),
}
