"""Policies: what is read, and how what is wrong is told."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.guard import Policy, PolicyError
from ntpages.guard.conditions import Need
from ntpages.guard.deeds import Clean, Command, Limit, Prioritize, Trim, TrimStore
from ntpages.memory_lists import Step
from ntpages.working_sets import MemoryPriority

if TYPE_CHECKING:
    from pathlib import Path

RULE = '[[rule]]\nname = "a"\nwhen = { free = "< 1 GiB" }\ndo = "purge-standby"\n'


def problems(text: str) -> list[Any]:
    with pytest.raises(PolicyError) as refused:
        Policy.parse(text)
    return list(refused.value.problems)


def condition(words: str) -> str:
    """What a condition means, in words."""
    text = f'[[rule]]\nname = "a"\nwhen = {words}\ndo = "flush-modified"\n'
    return Policy.parse(text).rules[0].when.words()


def deed(words: str) -> object:
    text = f'[[rule]]\nname = "a"\nwhen = {{ free = "< 1" }}\ndo = {words}\n'
    [made] = Policy.parse(text).rules[0].do
    return made


def test_a_rule_is_read() -> None:
    policy = Policy.parse(
        'name = "mine"\nwatch = "1m"\nevery = 2\n' + RULE + 'for = "10s"\ncooldown = "1h"\n'
        'budget = 2\nreason = "why"\n'
    )
    [rule] = policy.rules
    assert (policy.name, policy.watch, policy.every) == ("mine", 60, 2)
    assert (rule.lasting, rule.cooldown, rule.budget, rule.reason) == (10, 3600, 2, "why")
    assert rule.do == (Clean((Step.PURGE_STANDBY,)),)
    assert rule.words() == (
        "When free memory is below 1 GiB, for 10 s: purge standby (at most once in 1 h, and 2 times"
        " an hour)."
    )


def test_a_rule_is_silent_unless_it_says_otherwise() -> None:
    for more, notify in (("", False), ("notify = false", False), ("notify = true", True)):
        assert Policy.parse(RULE + more).rules[0].notify is notify


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('{ available = "< 10 %" }', "available memory is below 10 %"),
        ('{ standby = ">= 4 GiB" }', "the standby list is at least 4 GiB"),
        (
            '{ standby = { 0-3 = "> 2 GiB" } }',
            "the standby list of priorities 0 to 3 is above 2 GiB",
        ),
        ('{ standby = { 5 = "> 1 %" } }', "the standby list of priority 5 is above 1 %"),
        ('{ modified = "> 1 GiB" }', "the modified list is above 1 GiB"),
        ('{ compressed = "> 1 GiB" }', "the compression store is above 1 GiB"),
        ('{ commit = "> 90 %" }', "the commit charge is above 90 %"),
        ('{ hard-faults = "> 500/s" }', "hard faults are above 500 a second"),
        ('{ repurposed = "> 9/s" }', "repurposed pages are above 9 a second"),
        ('{ kernel = "low-memory" }', "the kernel says that memory is short"),
        ('{ kernel = "maximum-commit" }', "the kernel says that no more can be committed"),
        ('{ starts = "game.exe" }', "game.exe starts"),
        ('{ exits = ["a.exe", "b*"] }', "a.exe or b* exits"),
        ('{ runs = "a.exe" }', "a.exe runs"),
        ('{ foreground = "a.exe" }', "a.exe is in the foreground"),
        ('{ idle = "5m" }', "the machine has been idle for 5 min"),
        ('{ every = "30m" }', "every 30 min"),
        ('{ between = "22:00-06:00" }', "it is between 22:00 and 06:00"),
        ('{ days = ["sun", "saturday"] }', "it is saturday or sunday"),
        ('{ days = "weekend" }', "it is saturday or sunday"),
        ('{ not = { runs = "a.exe" } }', "not (a.exe runs)"),
        (
            '{ any = [{ runs = "a" }, { free = "< 1", idle = "1s" }] }',
            "a runs or (free memory is below 1 bytes and the machine has been idle for 1 s)",
        ),
        ('{ all = [{ runs = "a" }, { runs = "b" }] }', "a runs and b runs"),
    ],
)
def test_each_condition_is_read_and_told(written: str, words: str) -> None:
    assert condition(written) == words


@pytest.mark.parametrize(
    ("written", "made"),
    [
        *((f'"{step.value}"', Clean((step,))) for step in Step),
        ('["flush-modified", "combine-pages"]', Clean((Step.COMBINE_PAGES, Step.FLUSH_MODIFIED))),
        ('{ trim = "a.exe" }', Trim(("a.exe",))),
        (
            '{ trim = "*", except = ["b.exe"], floor = "1 MiB", idle = "5s", foreground = true }',
            Trim(("*",), ("b.exe",), 1 << 20, 5.0, foreground=True),
        ),
        ('{ limit = "a", maximum = 4096, hard = true }', Limit(("a",), None, 4096, hard=True)),
        ('{ limit = "a", minimum = "1 MiB" }', Limit(("a",), 1 << 20)),
        ('{ priority = "a", to = "very-low" }', Prioritize(("a",), MemoryPriority.VERY_LOW)),
        ('{ trim-store = "512 MiB" }', TrimStore(512 << 20)),
        ("{ run = ['C:\\a.exe', '-x'], timeout = '5s' }", Command(("C:\\a.exe", "-x"), 5.0)),
    ],
)  # fmt: skip
def test_each_deed_is_read(written: str, made: object) -> None:
    assert deed(written) == made


# What is written, in place of a rule's line, and what is said of it: line, key, rule, words.
WRONG = [
    ('colour = "red"', 1, "colour", "", "there is no such key; there are about, every, metrics, "),
    ('evry = "1s"', 1, "evry", "", "there is no such key; did you mean every?"),
    ("watch = 0.05", 1, "watch", "", "must be a time from 100 ms to 10 min"),
    (RULE + 'cool_down = "1m"', 5, "cool_down", "a", "did you mean cooldown?"),
    (RULE + "budget = true", 5, "budget", "a", "must be a whole number of runs an hour"),
    (RULE + "budget = 0", 5, "budget", "a", "from 1 to 3600"),
    (RULE + 'for = "soon"', 5, "for", "a", "must be a time from 0 s to 1 d"),
    ("metrics = 3", 1, "metrics", "", "must be a table: write [metrics] above"),
    ("[metrics]", 1, "metrics", "", "nothing is handed on: write textfile, serve, or both"),
    ("[metrics]\nserve = 0", 2, "metrics.serve", "", "must be a port from 1 to 65535"),
    ('[metrics]\nserve = "0.0.0.0:1"', 2, "metrics.serve", "", "which this machine alone reaches"),
    ('[metrics]\ntextfile = "a"', 2, "metrics.textfile", "", "must be the full path of a folder"),
    ('[metrics]\nserve = 9\nevery = "9s"', 3, "metrics.every", "", "no effect without textfile"),
    ("[metrics]\nport = 9", 2, "metrics.port", "", "there is no such key"),
    (RULE + "notify = 1", 5, "notify", "a", "must be true or false"),
    (RULE + 'notify = "yes"', 5, "notify", "a", "must be true or false"),
    (RULE + RULE, 6, "name", "a", "another rule has this name"),
    ('[[rule]]\ndo = "a"\nwhen = { free = "< 1" }', 1, "", "number 1", "name is missing"),
    ('[[rule]]\nname = "a"\ndo = "purge-standby"', 1, "", "a", "when is missing"),
    ('[[rule]]\nname = "a"\nwhen = { free = "< 1" }', 1, "", "a", "do is missing"),
    ("rule = 3", 1, "rule", "", "must be tables: write [[rule]] above each rule"),
    ("", None, "", "", "rule is missing: a policy has a [[rule]] at least"),
]  # fmt: skip
WRONG_WHEN = [
    ("{}", "when", "nothing is asked for"),
    ('{ fre = "< 1" }', "when.fre", "did you mean free?"),
    ('{ free = "< 1 parsec" }', "when.free", "must be a comparison"),
    ('{ commit = "> 9/s" }', "when.commit", "must be a comparison, such as '< 2 GiB' or '< 10 %'"),
    ('{ hard-faults = "> 9 GiB" }', "when.hard-faults", "must be a comparison, such as '> 500/s'"),
    ('{ kernel = "low-memry" }', "when.kernel", "did you mean low-memory?"),
    ('{ standby = { 8 = "> 1" } }', "when.standby.8", "a priority is from 0 to 7"),
    ('{ standby = { 5-3 = "> 1" } }', "when.standby.5-3", "several are written as 0-3"),
    ("{ standby = {} }", "when.standby", "nothing is asked for"),
    ('{ starts = "" }', "when.starts", "must be a program's name"),
    ("{ runs = [] }", "when.runs", "must be a program's name"),
    ("{ runs = 'C:\\a.exe' }", "when.runs", "without a path"),
    ('{ days = "someday" }', "when.days", "must be days"),
    ('{ between = "9-5" }', "when.between", "must be two different times of day"),
    ("{ any = [] }", "when.any", "must be an array of tables of conditions"),
    ("{ not = [] }", "when.not", "must be a table of conditions"),
    ('{ any = [{ free = "< 1" }, { fee = "" }] }', "when.any[1].fee", "did you mean free?"),
    ("3", "when", "must be a table of conditions"),
]
WRONG_DO = [
    ('"purge-standy"', "do", "did you mean purge-standby?"),
    ("[]", "do", "nothing is done"),
    ("[3]", "do[0]", "must be one of combine-pages"),
    ("{}", "do", "a deed says one of trim, limit, priority, trim-store, run"),
    ('{ trim = "a", run = ["C:\\\\b"] }', "do", "a deed says only one of"),
    ('{ trim = "a", flor = 3 }', "do.flor", "did you mean floor?"),
    ('{ trim = "a", idle = "2m" }', "do.idle", "must be a time from 0 s to 1 min"),
    ('{ limit = "a" }', "do.limit", "a limit says minimum, maximum, or both"),
    ('{ limit = "a", minimum = 2, maximum = 1 }', "do.minimum", "must not be above maximum"),
    ('{ priority = "a" }', "do", "to is missing: one of "),
    ('{ priority = "a", to = "highest" }', "do.to", "must be one of lowest, very-low"),
    ('{ trim-store = "none" }', "do.trim-store", "must be a size"),
    ('{ run = "a.exe" }', "do.run", "must be an array of a program's full path"),
    ('{ run = ["a.exe"] }', "do.run", "must be an array of a program's full path"),
]


@pytest.mark.parametrize(("text", "line", "key", "rule", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    text: str, line: int | None, key: str, rule: str, words: str
) -> None:
    found = [each for each in problems(text) if words in each.words]
    assert [(each.line, each.key, each.rule) for each in found] == [(line, key, rule)]


@pytest.mark.parametrize(("written", "key", "words"), WRONG_WHEN)
def test_what_is_wrong_with_a_condition_is_told(written: str, key: str, words: str) -> None:
    text = f'[[rule]]\nname = "a"\n\nwhen = {written}\ndo = "flush-modified"\n'
    [found] = problems(text)
    assert (found.line, found.rule, found.key) == (4, "a", key)
    assert words in found.words


@pytest.mark.parametrize(("written", "key", "words"), WRONG_DO)
def test_what_is_wrong_with_a_deed_is_told(written: str, key: str, words: str) -> None:
    text = f'[[rule]]\nname = "a"\nwhen = {{ free = "< 1" }}\n\ndo = {written}\n'
    [found] = problems(text)
    assert (found.line, found.rule, found.key) == (5, "a", key)
    assert words in found.words


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_lines() -> None:
    text = RULE + 'for = "soon"\nwho = 1\n' + RULE.replace('"a"', '"b"') + "budget = 0\n"
    assert [each.line for each in problems(text)] == [5, 6, 11]
    with pytest.raises(
        PolicyError, match=r"line 5, rule 'a', for = 'soon': must be a time"
    ) as all_:
        Policy.parse(text)
    assert len(str(all_.value).splitlines()) == 3


def test_a_moment_can_not_last() -> None:
    text = (
        '[[rule]]\nname = "a"\nwhen = { starts = "g.exe", free = "< 1" }\ndo = "flush-modified"\n'
    )
    assert Policy.parse(text).rules[0].lasting == 0
    [found] = problems(text + 'for = "3s"\n')
    assert found.words == "'g.exe starts' is true for a moment, and never for a time"


def test_conditions_are_in_each_other_so_deep_that_somebody_may_read_them() -> None:
    def nested(depth: int) -> str:
        return "{ not = " * depth + '{ free = "< 1" }' + " }" * depth

    assert condition(nested(20)).startswith("not (not (")
    text = f'[[rule]]\nname = "a"\nwhen = {nested(21)}\ndo = "flush-modified"\n'
    assert "20 deep" in problems(text)[0].words


@pytest.mark.parametrize(
    ("text", "line"), [("a = ", 1), ('[[rule]]\nname = "x\n', 2), ("x", 1), ("a = 1\na = 2", 2)]
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    [found] = problems(text)
    assert found.line == line
    assert found.words.startswith("this is no TOML: ")


def test_a_nest_without_end_is_refused() -> None:
    for text in ("a = " + "[" * 5000, "a = " + "[" * 5000 + "]" * 5000):
        assert len(problems(text)) == 1


def test_an_error_keeps_its_problems_when_it_is_pickled() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.parse("colour = 1")
    again = pickle.loads(pickle.dumps(refused.value))
    assert again.problems == refused.value.problems
    assert str(again) == str(refused.value)


# ---- Files ---------------------------------------------------------------------------------------


def test_a_file_is_read_and_names_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RULE.replace("\n", "\r\n").encode())
    assert Policy.load(str(path)).name == "mine"


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(PolicyError, match=r"line 2: must be UTF-8, unlike byte 11 of "):
        Policy.load(str(path))


def test_a_file_that_is_no_policy_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(PolicyError, match="larger than 1 MiB"):
        Policy.load(str(path))


def test_a_file_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Policy.load(str(tmp_path / "absent.toml"))


# ---- Those that come with ntpages ----------------------------------------------------------------


@pytest.mark.parametrize("name", Policy.ready_names())
def test_a_ready_policy_is_right_and_gives_its_reasons(name: str) -> None:
    policy = Policy.ready(name)
    assert policy.name == name
    assert len(policy.about.split()) > 40
    assert all(len(rule.reason.split()) > 5 for rule in policy.rules)
    assert Policy.parse(Policy.ready_text(name)) == policy


def test_no_ready_policy_cleans_on_a_timer_or_purges_what_programs_read() -> None:
    for name in Policy.ready_names():
        text = Policy.ready_text(name)
        assert "every =" not in text
        assert '"purge-standby"' not in text
        assert '"empty-working-sets"' not in text


def test_there_are_four_and_a_stranger_is_told_which() -> None:
    assert Policy.ready_names() == ("build", "database", "gaming", "terminal-server")
    with pytest.raises(ValueError, match="name must be 'build', 'database', 'gaming' or 'terminal"):
        Policy.ready("office")


def test_nothing_is_asked_that_no_rule_needs() -> None:
    assert Policy.parse(RULE).needs == {Need.LISTS}
    text = RULE.replace('free = "< 1 GiB"', 'every = "1h"')
    assert Policy.parse(text).needs == frozenset()


# ---- Anything ------------------------------------------------------------------------------------

WORDS = [
    *('"< 1 GiB"', '"> 50 %"', '"> 5/s"', '"low-memory"', '"a.exe"', '"5m"', "true", "-1", '""'),
    *('"purge-standby"', '"22:00-06:00"', "1e400", "nan", "1979-05-27", "3"),
]
TABLE_KEYS = ["free", "any", "all", "not", "trim", "standby", "0-3", "run"]


def literal(text: str) -> str:
    return "'" + "".join(each for each in text if each >= " " and each not in "'\x7f") + "'"


def array(several: list[str]) -> str:
    return f"[{', '.join(several)}]"


def inline(table: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"


VALUES = st.recursive(
    st.one_of(st.sampled_from(WORDS), st.text(max_size=10).map(literal)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(array),
        st.dictionaries(st.sampled_from(TABLE_KEYS), inner, max_size=3).map(inline),
    ),
    max_leaves=8,
)
KEYS = ["name", "when", "do", "for", "cooldown", "budget", "reason", "whatever"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), max_size=3))
def test_whatever_is_written_is_a_policy_or_told_what_is_wrong(rules: list[dict[str, str]]) -> None:
    text = "\n".join(
        "[[rule]]\n" + "\n".join(f"{key} = {value}" for key, value in rule.items())
        for rule in rules
    )
    found = read(text)
    if isinstance(found, PolicyError):
        last = text.count("\n") + 1
        assert found.problems
        assert all(each.words for each in found.problems)
        assert all(each.line is None or each.line <= last for each in found.problems)
    else:
        assert len(found.rules) == len(rules) > 0
        assert all(rule.words() and rule.do for rule in found.rules)


def read(text: str) -> Policy | PolicyError:
    try:
        return Policy.parse(text)
    except PolicyError as refused:
        return refused


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        found: object = read(text)
    except ValueError as surrogates:
        found = surrogates
    assert str(found)
