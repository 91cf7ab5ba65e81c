"""Values that are kept in a file from look to look."""

from __future__ import annotations

import os
import random
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process, Values
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096
SIZE = 300 * PAGE  # several parts


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    address = me.allocate(SIZE)
    content = np.random.default_rng(4).integers(-100, 100, SIZE // 4, np.int32)
    content[PAGE : 20 * PAGE] = 0
    me.write(address, content.tobytes())
    yield address
    me.free(address)


LOOKS: dict[str, list[tuple[str, Any]]] = {
    "all": [],
    "some": [("!=", 7)],
    "few": [("==", 7)],
    "fewer": [("==", 7), ("unchanged", None)],
    "none": [("==", 1234)],
}


@pytest.mark.parametrize("looks", LOOKS)
def test_what_is_left_is_the_same_from_a_file_and_goes_on(
    me: Process, memory: int, tmp_path: Path, looks: str
) -> None:
    where: dict[str, Any] = {"start": memory, "end": memory + SIZE}
    with Values(me, kind="int32", **where) as first:
        for how, value in LOOKS[looks]:
            first.narrow(how, value=value)
        first.save(tmp_path / "numbers")
        with Values.load(me, tmp_path / "numbers") as loaded:
            assert (len(loaded), loaded.kind) == (len(first), "int32")
            assert [*loaded.matches()] == [*first.matches()]
            assert loaded.scanned == 0
            me.write_value(memory, 3, "int32")
            me.write_value(memory + SIZE - 4, -3, "int32")
            for how, value in (("changed", None), ("==", (3, -3))):
                assert loaded.narrow(how, value=value) == first.narrow(how, value=value)
                assert [*loaded.matches()] == [*first.matches()]


@pytest.mark.parametrize(("kind", "alignment"), [("int8", 1), ("float64", 2), ("uint16", 4096)])
def test_every_kind_and_alignment_is_kept(
    me: Process, memory: int, tmp_path: Path, kind: str, alignment: int
) -> None:
    where: dict[str, Any] = {"start": memory, "end": memory + 200 * PAGE}
    with Values(me, kind=kind, alignment=alignment, **where) as first:
        first.save(tmp_path / "numbers")
        loaded = Values.load(me, str(tmp_path / "numbers"), threads=1)
        assert len(loaded) == len(first)
        assert loaded.narrow("unchanged") == len(first)
        assert repr(loaded) == repr(first)
        loaded.close()


WORDS: dict[str, tuple[dict[str, Any], list[tuple[str, Any]]]] = {
    "all bytes": ({"kind": "bytes", "value": b"\0"}, []),
    "some bytes": ({"kind": "bytes", "value": b"\0"}, [("==", [b"\0", b"\0\0\0\0"])]),
    "few bytes": ({"kind": "bytes", "value": [b"wren", b"wr"]}, [("unchanged", None)]),
    "text": ({"kind": "text", "value": "WREN", "ignore_case": True}, []),
    "text of one": ({"kind": "text", "value": "wren", "encodings": "cp1252"}, []),
}


@pytest.mark.parametrize("looks", WORDS)
def test_text_and_bytes_are_the_same_from_a_file_and_go_on(
    me: Process, memory: int, tmp_path: Path, looks: str
) -> None:
    how, more = WORDS[looks]
    me.write(memory + 9, b"wren")
    me.write(memory + 200 * PAGE + 9, "wren".encode("utf-16-le"))
    with Values(me, start=memory, end=memory + SIZE, **how) as first:
        for compare, value in more:
            first.narrow(compare, value=value)
        assert len(first)
        first.save(tmp_path / "values")
        with Values.load(me, tmp_path / "values") as loaded:
            assert (len(loaded), loaded.kind) == (len(first), how["kind"])
            assert [*loaded.matches()] == [*first.matches()]
            me.write(memory + 9, b"Wrens")
            text = how["kind"] == "text"
            wanted = "Wrens" if text else b"Wrens"
            for compare, value in (("!=", "robin" if text else b"robin"), ("==", wanted)):
                assert loaded.narrow(compare, value=value) == first.narrow(compare, value=value)
                assert [*loaded.matches()] == [*first.matches()]


def test_a_file_is_of_one_process_alone(me: Process, memory: int, tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    with Values(me, kind="int8", start=memory, end=memory + PAGE) as first:
        first.save(path)
    with Target("idle") as target, Process(target.pid) as process:
        with pytest.raises(ValueError, match=f"is of process {os.getpid()}, which is another"):
            Values.load(process, path)
        target.end()
        with pytest.raises(NoSuchProcessError), Values(process, kind="int8"):
            pass
    data = bytearray(path.read_bytes())
    data[32] ^= 1  # when it was created
    path.write_bytes(data)
    with pytest.raises(ValueError, match="or was started at another time"):
        Values.load(me, path)


def test_a_save_that_fails_leaves_the_file_that_was_there(
    me: Process, memory: int, tmp_path: Path
) -> None:
    path = tmp_path / "numbers"
    with Values(me, kind="int8", start=memory, end=memory + PAGE) as first:
        first.save(path)
        before = path.read_bytes()
        first.close()
        with pytest.raises(ValueError, match="closed"):
            first.save(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["numbers"]
    with pytest.raises(FileNotFoundError):
        Values.load(me, tmp_path / "nothing")


def test_whatever_is_broken_is_refused_or_harmless(
    me: Process, memory: int, tmp_path: Path
) -> None:
    path = tmp_path / "numbers"
    with Values(me, kind="int32", start=memory, end=memory + SIZE) as numbers:
        numbers.narrow("!=", value=7)
        numbers.save(path)
        some = path.read_bytes()
        numbers.narrow("==", value=9)
        numbers.save(path)
        few = path.read_bytes()
    me.write(memory + 9, b"wren")
    with Values(me, kind="text", value="wren", start=memory, end=memory + SIZE) as text:
        text.save(path)
        words = path.read_bytes()
    chance = random.Random(5)
    refused = 0
    for good in (few, some, words):
        broken = [good[:size] for size in (0, 7, 47, 48, 51, 60, len(good) - 1)]
        broken.append(good + b"\0")
        for _ in range(150):
            changed = bytearray(good)
            at = chance.randrange(40, min(len(changed), 400))
            width = chance.choice((1, 4, 8))
            value = chance.choice((0, 1, 3, 2**31, 2**32 - 1, 2**63, 2**64 - 1))
            changed[at : at + width] = (value % 2 ** (8 * width)).to_bytes(width, "little")
            broken.append(bytes(changed))
        for data in broken:
            path.write_bytes(data)
            try:
                with Values.load(me, path) as loaded:
                    loaded.narrow("unchanged")
                    assert len(loaded.matches(limit=9)) <= 9
            except ValueError as wrong:
                assert str(path) in str(wrong) or repr(str(path)) in str(wrong)  # noqa: PT017
                refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    "header",
    [
        struct.pack("<8sIIQQQQ", b"NTPVALUE", 2, 0, 1, 1, 1, 0),
        struct.pack("<8sIIQQQQ", b"NTPVALUE", 1, 10, 1, 1, 1, 0),
        struct.pack("<8sIIQQQQ", b"NTPVALUE", 2, 10, 1, 1, 1, 0),
        struct.pack("<8sIIQQQQII", b"NTPVALUE", 2, 10, 1, 1, 1, 0, 2, 0),
        struct.pack("<8sIIQQQQII", b"NTPVALUE", 2, 10, 1, 1, 1, 0, 0, 1),
        struct.pack("<8sIIQQQQII", b"NTPVALUE", 2, 11, 1, 1, 1, 0, 0, 0),
        struct.pack("<8sIIQQQQIII4s", b"NTPVALUE", 2, 11, 1, 1, 1, 0, 0, 1, 4, b"none"),
        struct.pack("<8sIIQQQQIII4s", b"NTPVALUE", 2, 11, 1, 1, 1, 0, 0, 1, 300, b"none"),
        struct.pack("<8sIIQQQQII", b"NTPVALUE", 3, 10, 1, 1, 1, 0, 0, 0),
        struct.pack("<8sIIQQQQ", b"NTPVALUE", 1, 0, 3, 1, 1, 0),
        struct.pack("<8sIIQQQQ", b"NTPVALUE", 1, 0, 0, 1, 1, 0),
        struct.pack("<8sIIQQQQ", b"NTPOTHER", 1, 0, 1, 1, 1, 0),
    ],
)
def test_a_header_of_another_kind_is_refused(me: Process, tmp_path: Path, header: bytes) -> None:
    (tmp_path / "numbers").write_bytes(header)
    with pytest.raises(ValueError, match=r"file must be one that Values.save\(\) wrote"):
        Values.load(me, tmp_path / "numbers")
