"""Where the keys of a TOML text stand, held against what Python's own reader finds in it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntpages.guard.lines import lines_of_keys

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = '''
# when = "in a comment"
name = "a # b = c"   # and one behind
about = """
[[rule]]
name = 'not here'
"""
[[rule]]
name = 'x'
when = { free = "< 1", any = [
    { standby = { 0-3 = "> 1" } },  # a table
    { kernel = "low-memory" },
] }
do = ["a",
      "b"]
"quoted \\u0061.b" = 1.5
a.b . c = 2026-11-27 10:00:00
[[rule]]
[rule.when]
idle = 5
'''


def test_each_key_has_its_line() -> None:
    found = lines_of_keys(TEXT)
    assert found["name",] == 3
    assert found["about",] == 4
    assert found["rule", 0, "name"] == 9
    assert found["rule", 0, "when", "any", 0, "standby", "0-3"] == 11
    assert found["rule", 0, "when", "any", 1, "kernel"] == 12
    assert [found["rule", 0, "do", number] for number in (0, 1)] == [14, 15]
    assert found["rule", 0, "quoted a.b"] == 16
    assert found["rule", 0, "a", "b", "c"] == 17
    assert found["rule", 1, "when", "idle"] == 20


def paths(value: Any, way: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """The ways to everything in what Python's reader made."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = {way} if way else set()
    if isinstance(value, (dict, list)):
        for key, inner in pairs:
            inner_way = (*way, key)
            found |= {inner_way}
            found |= paths(inner, inner_way) if isinstance(inner, (dict, list)) else set()
    return found


def test_no_key_is_lost_or_made_up() -> None:
    assert set(lines_of_keys(TEXT)) == paths(tomllib.loads(TEXT))


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    WORDS.map(lambda word: '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    WORDS.filter(lambda word: "'" not in word).map(lambda word: f"'{word}'"),
)
VALUES = st.recursive(
    st.sampled_from(['"a # = [ { b"', "'''\n#\n[x]\n'''", '"""\n\\" = \n"""', "1.5", "true"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda several: f"[\n{', '.join(several)}\n]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{k} = {v}" for k, v in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=5), st.lists(st.tuples(KEYS, VALUES), max_size=5))
def test_any_text_that_python_reads_has_a_line_for_each_key(
    above: list[tuple[str, str]], below: list[tuple[str, str]]
) -> None:
    lines = [f"{key} = {value}  # {key} = 1" for key, value in above]
    lines += ["[['a.b'.\"c\"]]", *(f"{key}={value}" for key, value in below)]
    text = "\n".join(lines)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key twice
    found = lines_of_keys(text)
    assert set(found) == paths(read)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\r\n", "a = 1\r\nb = 2\r\n"])
def test_lines_may_end_as_windows_ends_them(text: str) -> None:
    assert set(lines_of_keys(text)) == paths(tomllib.loads(text))
    assert lines_of_keys("a = 1\r\nb = 2\r\n")["b",] == 2
