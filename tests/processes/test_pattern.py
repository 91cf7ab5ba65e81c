"""What a scan looks for: bytes, signatures as other tools write them, text, numbers."""

from __future__ import annotations

import encodings as python_encodings
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from house.through import through
from ntpages.processes import Needle, Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = {each.name for each in pkgutil.iter_modules(python_encodings.__path__)} - {"aliases"}


def can_write(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True


WRITING = sorted(each for each in MODULES if can_write(each, "text"))


def only(pattern: Pattern) -> Needle:
    [needle] = pattern.needles
    return needle


def shown(pattern: Pattern) -> str:
    """A needle as digits, a ``?`` for each that may be any: a byte a word."""
    needle = only(pattern)
    pairs = zip(needle.data.hex().upper(), needle.mask.hex().upper(), strict=True)
    digits = "".join("?" if mask == "0" else digit for digit, mask in pairs)
    return " ".join(digits[at : at + 2] for at in range(0, len(digits), 2))


# ---- Signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("48 8B ? ? 05", "48 8B ?? ?? 05"),  # IDA, SigMaker
        ("48 8B ?? ?? 05", "48 8B ?? ?? 05"),  # x64dbg
        ("48 8B * ** 05", "48 8B ?? ?? 05"),  # Cheat Engine
        ("? 48 *", "?? 48 ??"),
        ("4? ?8 4* *8", "4? ?8 4? ?8"),
        ("488B??05", "48 8B ?? 05"),
        ("488b**0?", "48 8B ?? 0?"),
        (r"\x48\x8B\x05", "48 8B 05"),
        (r"\x48\x8B\x00\x00\x05 xx??x", "48 8B ?? ?? 05"),
        (r"\x48\x8B, xx??", "48 8B ?? ??"),
        (r"\x48\x?\x??\x*\x5", "48 ?? ?? ?? 05"),
        ("0x48, 0x8B", "48 8B"),
        ("0x48,0x8B,0X5,", "48 8B 05"),
        ("0x48 ? 8B", "48 ?? 8B"),
        ("48 8B 00 x?x", "48 ?? 00"),
        (r"\x48 ?", "48 ??"),
        ("\t48\n8B ", "48 8B"),
        ("48", "48"),
    ],
)
def test_a_signature_means_what_its_tool_means(text: str, meaning: str) -> None:
    assert shown(Pattern.hexadecimal(text)) == meaning


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.sampled_from(["", "?", "*", "??", "**"])), min_size=1
    ),
    st.sampled_from([" ", ", ", ",", "\t", "  "]),
    st.sampled_from(["{:02X}", "{:02x}", "0x{:02X}", "0x{:X}", r"\x{:02x}"]),
)
def test_each_word_is_one_byte(given: Any, between: str, form: str) -> None:
    given = [(0x41, ""), *given]
    text = between.join(any_ or form.format(byte) for byte, any_ in given)
    needle = only(Pattern.hexadecimal(text))
    assert needle.data == bytes(0 if any_ else byte for byte, any_ in given)
    assert needle.mask == bytes(0 if any_ else 0xFF for _, any_ in given)


@given(st.binary(min_size=1, max_size=20), st.data())
def test_a_mask_says_which_bytes_count(data: bytes, draw: st.DataObject) -> None:
    letters = st.text("x?", min_size=len(data), max_size=len(data) + 3)
    mask = "x" + draw.draw(letters)[: len(data) - 1] + draw.draw(st.sampled_from(["", "?", "??"]))
    code = "".join(f"\\x{byte:02X}" for byte in data)
    apart = Pattern.hexadecimal(code, mask=mask)
    assert only(apart).mask == bytes(0xFF if letter == "x" else 0 for letter in mask)
    assert apart == Pattern.hexadecimal(f"{code} {mask}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("48 8", "two digits per byte, and '48 8' has '8'"),
        ("8 48", "two digits per byte, and '8 48' has '8'"),
        ("48 8B ???", r"two digits per byte, and '48 8B \?\?\?' has '\?\?\?'"),
        ("48 ?8B", r"two digits per byte, and '48 \?8B' has '\?8B'"),
        ("488B 05", "two digits per byte, and '488B 05' has '488B'"),
        ("488B?05", r"two digits per byte, and '488B\?05' has '5'"),
        ("0x488B", "two digits per byte, and '0x488B' has '488B'"),
        ("48,,8B", "two digits per byte, and '48,,8B' has ''"),
        ("48 0x", "two digits per byte, and '48 0x' has ''"),
        ("4G", r"hexadecimal digits and '\?', unlike '4G'"),
        ("48h 8Bh", r"hexadecimal digits and '\?', unlike '48h 8Bh'"),
        ("480x8B", r"hexadecimal digits and '\?', unlike '480x8B'"),
        ("\uff14\uff18", r"hexadecimal digits and '\?', unlike"),
        ("\u0664\u0668", r"hexadecimal digits and '\?', unlike"),
        ("?? * ?", "must ask for something"),
        ("?", "must ask for something"),
        ("", "must ask for something"),
        (" , ", "must ask for something"),
    ],
)
def test_a_signature_that_cant_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^text .*{words}"):
        Pattern.hexadecimal(text)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("x", "mask must have a letter for each of 2 bytes, unlike 'x'"),
        ("xxx", "mask must have a letter for each of 2 bytes, unlike 'xxx'"),
        ("xx?x", r"mask must have a letter for each of 2 bytes, unlike 'xx\?x'"),
        ("", "mask must have a letter for each of 2 bytes, unlike ''"),
        ("x.", r"mask must be made of 'x' and '\?', unlike 'x\.'"),
        ("??", "text must ask for something"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(mask: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}"):
        Pattern.hexadecimal("48 8B", mask=mask)


# ---- Text ----------------------------------------------------------------------------------------


@through(encoding=WRITING, text=["Wren song", "a"])
def test_text_is_looked_for_as_python_writes_it(encoding: str, text: str) -> None:
    needle = only(Pattern.text(text, encodings=encoding))
    assert needle.data == text.encode(encoding)
    assert set(needle.mask) == {0xFF}
    assert needle.name == encoding


@through(encoding=WRITING)
def test_case_is_ignored_as_the_encoding_writes_it(encoding: str) -> None:
    needle = only(Pattern.text("wREN-7", encodings=encoding, ignore_case=True))

    def fits(text: str) -> bool:
        written = text.encode(encoding)
        bytes_ = zip(written, needle.data, needle.mask)  # noqa: B905 (one may be shorter)
        return len(written) == len(needle.data) and all(
            (a ^ b) & mask == 0 for a, b, mask in bytes_
        )

    assert all(map(fits, ("wren-7", "WREN-7", "wREN-7", "WrEn-7")))
    assert not any(map(fits, ("xren-7", "wren-6", "wren_7", "w2en-7")))


def test_only_letters_of_ascii_have_two_cases() -> None:
    needle = only(
        Pattern.text(
            "aZ[@`1\N{LATIN SMALL LETTER E WITH ACUTE}", encodings="latin-1", ignore_case=True
        )
    )
    assert needle.mask == b"\xdf\xdf\xff\xff\xff\xff\xff"


def test_what_is_no_encoding_of_text_is_told_by_its_name() -> None:
    for name in ["utf-9", *sorted(MODULES - {*WRITING} - {"undefined"})]:
        with pytest.raises(LookupError, match=f"^encodings must be .*, unlike '{name}'$"):
            Pattern.text("text", encodings=("utf-8", name))


def test_one_encoding_is_one_encoding() -> None:
    needle = only(Pattern.text("text", encodings="utf-8"))
    assert (needle.data, needle.name) == (b"text", "utf-8")


@pytest.mark.parametrize("given", [("ascii", "utf-16-le"), {"ascii": 1, "utf-16-le": 2}])
def test_encodings_come_in_anything_that_holds_several(given: Any) -> None:
    names = [needle.name for needle in Pattern.text("text", encodings=given).needles]
    assert names == ["ascii", "utf-16-le"]
    assert Pattern.text("text", encodings=(each for each in given)) == Pattern.text(
        "text", encodings=given
    )


# ---- Bytes, numbers, needles ---------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"ab", bytearray(b"ab"), memoryview(b"-a-b")[1::2]])
def test_bytes_come_in_any_buffer(data: Any) -> None:
    assert only(Pattern.exactly(data)) == Needle(b"ab", b"\xff\xff")


@pytest.mark.parametrize("data", [5, "ab", [1, 2], None])
def test_what_is_no_buffer_is_named(data: Any) -> None:
    with pytest.raises(TypeError, match=r"^data must be bytes, not "):
        Pattern.exactly(data)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Pattern.exactly(b""), "data must have at least one byte"),
        (lambda: Pattern.text(""), "text must have at least one character"),
        (lambda: Pattern.text("a", encodings=()), "encodings must hold a name"),
        (lambda: Pattern.text("ü", encodings=("ascii",)), "'ü' can't be written in ascii"),
        (lambda: Pattern.text("\ud800"), "can't be written in utf-8"),
        (lambda: Pattern.text("a" * 64, encodings="idna"), "can't be written in idna"),
        (lambda: Pattern.integer(1, size=3), "size must be 1, 2, 4 or 8, not 3"),
        (lambda: Pattern.integer(256, size=1), "must fit into 1 bytes, unlike 256"),
        (lambda: Pattern.integer(-129, size=1), "must fit into 1 bytes, unlike -129"),
        (lambda: Pattern.integer(1, alignment=3), "alignment must be a power of two .* not 3"),
        (lambda: Pattern.integer(1, alignment=0), "alignment must be a power of two .* not 0"),
        (lambda: Pattern(()), "needles must hold at least one Needle"),
        (lambda: Needle(b"", b""), "data must have at least one byte"),
        (lambda: Needle(b"ab", b"\xff"), "mask must be as long as data, 2 bytes, unlike 1"),
        (lambda: Needle(b"a", b"\xff", 3), "alignment must be a power of two .* not 3"),
    ],
)
def test_a_pattern_that_cant_be_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Needle("a", b"\xff"),  # type: ignore[arg-type]
        lambda: Needle(b"a", [255]),  # type: ignore[arg-type]
        lambda: Pattern([Needle(b"a", b"\xff")]),  # type: ignore[arg-type]
        lambda: Pattern((b"a",)),  # type: ignore[arg-type]
        lambda: Pattern.hexadecimal(b"48"),  # type: ignore[arg-type]
        lambda: Pattern.hexadecimal("48", mask=b"x"),  # type: ignore[arg-type]
        lambda: Pattern.text("a", encodings=b"ascii"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_kind_is_named(make: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"^(data|mask|needles|text|encodings)(\[0\])? must be "):
        make()


def test_a_long_needle_is_shown_in_part() -> None:
    pattern = Pattern.exactly(bytes(100_000))
    assert len(repr(pattern)) < 300
    assert repr(only(Pattern.text("ab", encodings="ascii"))) == (
        r"Needle(data=b'ab', mask=b'\xff\xff', alignment=1, name='ascii')"
    )
