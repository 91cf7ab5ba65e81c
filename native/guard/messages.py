"""Makes the table of messages that the event log takes its words from.

usage: messages.py FILE MESSAGES

CMake runs it before ``messages.rc`` is compiled. ``MESSAGES`` is the package's
``guard/messages.py``; ``FILE`` becomes what ``MESSAGE_RESOURCE_DATA`` of winnt.h describes. Message
compilers make the same of files of their own kind, and GCC's is not Microsoft's.
"""

from __future__ import annotations

import runpy
import struct
import sys
from pathlib import Path

_UNICODE = 1


def entry(text: str) -> bytes:
    """Return a MESSAGE_RESOURCE_ENTRY: length and kind, and the text with its end."""
    characters = f"{text}\r\n\0".encode("utf-16-le")
    characters += bytes(-len(characters) % 4)
    return struct.pack("<HH", 4 + len(characters), _UNICODE) + characters


def table(messages: dict[int, str]) -> bytes:
    """Return a MESSAGE_RESOURCE_DATA with a block for each message: severities part their ids."""
    blocks, entries = b"", b""
    begin = 4 + 12 * len(messages)
    for number in sorted(messages):
        blocks += struct.pack("<III", number, number, begin + len(entries))
        entries += entry(messages[number])
    return struct.pack("<I", len(messages)) + blocks + entries


def main(file: str, source: str) -> None:
    """Write the table."""
    messages = runpy.run_path(source)["MESSAGES"].values()
    Path(file).write_bytes(table({each.id: each.text for each in messages}))


if __name__ == "__main__":
    main(*sys.argv[1:])
