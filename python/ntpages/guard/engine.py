"""The engine: which rule runs when, what it cost, and whether it may go on so.

It is pure but for its machine and its store.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ntpages.guard.account import Account, Counts, Rates, RunState, price_of
from ntpages.guard.conditions import Need
from ntpages.guard.numbers import Numbers, Watch
from ntpages.guard.quantities import words_of_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.guard.machine import Machine
    from ntpages.guard.policy import Policy, Rule
    from ntpages.guard.store import Store

__all__ = ["Engine", "Standing"]

_HOUR = 3600.0
_DAY = 86400.0
_STRIKES = 3  # runs in a row that cost more than they gain, before a rule backs off
_APART = 10.0  # seconds between two looks at what the machine does anyway, unless watched shorter
_LASTS = "it has not held for long enough"
_USUAL = "what the machine does anyway is being counted"
_LONGEST = 30.0  # seconds that nothing is looked at, where nothing has to be


@dataclass(slots=True)
class Standing:
    """How a rule stands. Clock times are the machine's."""

    rule: Rule
    holds: bool | None = None
    """Its condition, at the last look."""
    since: float | None = None
    """When it began to hold."""
    last: float | None = None
    """When it ran last."""
    runs: list[float] = field(default_factory=list)
    """When it ran, in the last hour."""
    strikes: int = 0
    """Runs in a row that cost more than they gained."""
    factor: int = 1
    """What its cooldown is multiplied with, since it backed off."""
    pending: float | None = None
    """Until when an event is remembered, while another run is being watched."""
    waits_for: str = ""
    """Why it does not run, in words; empty where its condition does not hold."""


class Engine:
    """Rules, kept one look after the other."""

    def __init__(
        self,
        policy: Policy,
        machine: Machine,
        store: Store,
        *,
        dry_run: bool = False,
        on_note: Callable[[str, str, str], None] | None = None,
    ) -> None:
        """Begin with what the store knows of earlier runs.

        Args:
            policy: What to keep to.
            machine: The machine that is guarded.
            store: Where runs are written down.
            dry_run: Whether nothing is done, but said what would be.
            on_note: Called with the kind, the rule and the words of whatever is written down.
        """
        self._machine = machine
        self._store = store
        self.dry_run = dry_run
        self._on_note = on_note
        self._watch = Watch()
        self._samples: deque[Counts] = deque(maxlen=4)
        self._open: tuple[Account, Counts, Rates | None] | None = None
        self._unshown = ""
        self._began = machine.clock()
        self.last: Account | None = None
        self.numbers: Numbers | None = None
        self.standings: tuple[Standing, ...] = ()
        self.take(policy)

    def take(self, policy: Policy) -> None:
        """Keep to another policy from now on; what is known of its rules stays."""
        self.policy = policy
        clock, now = self._machine.clock(), self._machine.time()
        earlier = {each.rule: each for each in self.standings}
        self.standings = tuple(
            earlier.get(rule) or self._standing(rule, clock, now) for rule in policy.rules
        )
        self._machine.listen(policy.conditions_of_the_kernel)
        self.note("begins", "", f"keeps to {policy.name}, {len(policy.rules)} rules")

    def _standing(self, rule: Rule, clock: float, now: float) -> Standing:
        known = self._store.standing(rule.name, rule.words(), now - _HOUR)
        # A clock that was set back must not keep a rule from running for years.
        ago = [max(0.0, now - each) for each in known.runs]
        last = None if known.last is None else clock - max(0.0, now - known.last)
        return Standing(
            rule,
            last=last,
            runs=[clock - each for each in ago],
            strikes=known.strikes,
            factor=known.factor,
        )

    def count_from_earlier(self) -> None:
        """Let ``every`` hold where a rule has never run, though the guard has only begun."""
        self._began = -math.inf

    @property
    def busy(self) -> bool:
        """Return whether a price is being counted, or a condition may last long enough."""
        lasts = {_LASTS, _USUAL}
        return self._open is not None or any(each.waits_for in lasts for each in self.standings)

    @property
    def _apart(self) -> float:
        return min(_APART, self.policy.watch)

    @property
    def watching(self) -> Account | None:
        """Return the run whose price is being counted."""
        return self._open[0] if self._open else None

    def note(self, kind: str, rule: str, words: str) -> None:
        """Write something down."""
        if not self.dry_run:
            self._store.note(self._machine.time(), kind, rule, words)
        if self._on_note:
            self._on_note(kind, rule, words)

    # ---- A look ----------------------------------------------------------------------------------

    def step(self) -> float:
        """Look once, and do what is due; return the seconds until the next look."""
        numbers = self.numbers = self._watch.numbers(self._machine.look(self.policy.needs))
        self._close_if_due(numbers.clock)
        self._sample(numbers.clock)
        for standing in self.standings:
            self._consider(standing, numbers)
        return self._pause(self._machine.clock())

    def wait(self, seconds: float) -> None:
        """Wait for the next look, or for an event of the kernel's."""
        self._machine.wait(seconds)

    def _consider(self, standing: Standing, numbers: Numbers) -> None:
        rule, clock = standing.rule, numbers.clock
        waited = clock - (self._began if standing.last is None else standing.last)
        standing.holds = rule.when.holds(numbers, waited)
        if standing.holds:
            standing.since = clock if standing.since is None else standing.since
        else:
            standing.since = None
        due = standing.since is not None and clock - standing.since >= rule.lasting
        if due and rule.when.momentary:
            standing.pending = clock + self.policy.watch + 2 * self._apart
        remembered = standing.pending is not None and clock <= standing.pending
        if not due and not remembered:
            standing.pending = None
            held = standing.since is not None
            standing.waits_for = _LASTS if held else ""
            return
        standing.waits_for = self._obstacle(standing, clock)
        if standing.waits_for:
            if not self._open and standing.waits_for != _USUAL:
                standing.pending = None  # an event is remembered for the sake of prices alone
            return
        standing.pending = None
        self._run(standing, numbers)

    def _obstacle(self, standing: Standing, clock: float) -> str:
        """Return why a rule that is due does not run, in words; empty where it may."""
        if standing.last is not None:
            left = standing.last + self.cooldown(standing) - clock
            if left > 0:
                return f"cooling down for {words_of_seconds(max(1, round(left)))} more"
        standing.runs = [each for each in standing.runs if clock - each < _HOUR]
        budget = standing.rule.budget
        if budget is not None and len(standing.runs) >= budget:
            return f"it ran {len(standing.runs)} times in the last hour"
        if self._open:
            return f"the price of {self._open[0].rule!r} is being counted"
        if standing.rule.judged and not self._knows_what_is_usual(clock):
            return _USUAL
        return ""

    def _knows_what_is_usual(self, clock: float) -> bool:
        """Return whether it can be told apart from a price, or never will."""
        first = self._samples[0]
        return first.pages_read is None or clock - first.clock >= self._apart

    def cooldown(self, standing: Standing) -> float:
        """Return the seconds that a rule has to wait between runs, as it stands."""
        own = standing.rule.cooldown
        if standing.factor == 1:
            return own
        return max(own, min(max(own, self.policy.watch) * standing.factor, _DAY))

    def _pause(self, clock: float) -> float:
        """Return how long nothing has to be looked at: kernel conditions wake by themselves."""
        longest = self.policy.every if self.policy.needs - {Need.KERNEL} else _LONGEST
        times = [longest]
        if self._open:
            times.append(self._open[1].clock + self.policy.watch - clock)
        for each in self.standings:
            if each.since is not None and clock - each.since < each.rule.lasting:
                times.append(each.since + each.rule.lasting - clock)
            elif each.waits_for == _USUAL:
                times.append(self._samples[0].clock + self._apart - clock)
            elif each.holds and each.last is not None and each.waits_for:
                times.append(max(self.policy.every, each.last + self.cooldown(each) - clock))
        return max(0.05, min(times))

    def _sample(self, clock: float) -> None:
        if not self._samples or clock - self._samples[-1].clock >= self._apart:
            self._samples.append(self._machine.count(processes=False))

    # ---- A run -----------------------------------------------------------------------------------

    def _run(self, standing: Standing, numbers: Numbers) -> None:
        rule = standing.rule
        standing.last = numbers.clock
        standing.runs.append(numbers.clock)
        cause = f"{rule.when.words()} ({rule.when.now(numbers)})"
        if self.dry_run:
            deeds = "; then ".join(deed.words() for deed in rule.do)
            self.note("would run", rule.name, f"{deeds}, because {cause}")
            return
        before = self._machine.count(processes=False)
        anyway = self._usual(before)
        account = self._store.begin(
            Account(
                *(0, rule.name, numbers.time, cause, RunState.ACTING),
                before=before.lists,
                short=before.short,
            )
        )
        outcomes = [self._machine.do(deed) for deed in rule.do]
        after = self._machine.count(processes=True)
        refused = tuple(words for each in outcomes for words in each.refused)
        account = replace(
            account,
            state=RunState.WATCHING,
            done=tuple(each.done for each in outcomes if each.done),
            refused=refused,
            lacking=tuple(sorted(frozenset().union(*(each.lacking for each in outcomes)))),
            after=after.lists,
            judged=rule.judged and not refused and anyway is not None,
        )
        self._store.change(account)
        self._open = account, after, anyway

    def _usual(self, now: Counts) -> Rates | None:
        return Rates.between(self._samples[0], now)

    def _close_if_due(self, clock: float) -> None:
        if self._open and clock - self._open[1].clock >= self.policy.watch:
            self.close()

    def close(self) -> Account | None:
        """Count the price of the run that is being watched; return its account.

        It is judged where it was watched for as long as the policy wants.
        """
        if not self._open:
            return None
        account, after, anyway = self._open
        self._open = None
        later = self._machine.count(processes=True)
        whole = later.clock - after.clock >= self.policy.watch
        account = replace(
            account,
            state=RunState.DONE,
            later=later.lists,
            price=price_of(after, later, anyway),
            judged=account.judged and whole,
        )
        self._samples.clear()  # what came back is no measure of what the machine does anyway
        self._samples.append(later)
        self._store.change(account)
        self.last = account
        self.note("ran", account.rule, account.words())
        standing = next((each for each in self.standings if each.rule.name == account.rule), None)
        if standing:
            why = self._judge(standing, account)
            if standing.rule.notify and whole:  # who ends a guard is told by that
                self._notify(standing.rule, why or account.words())
        return account

    def _notify(self, rule: Rule, words: str) -> None:
        """Tell whoever sits at the machine; where that is refused, note it once."""
        refused = self._machine.notify(f"ntpages guard: {rule.name}", words)
        if refused and refused != self._unshown:
            self.note("notify", rule.name, f"not shown: {refused}")
        self._unshown = refused

    def _judge(self, standing: Standing, account: Account) -> str:
        """Take its account into account; return why the rule backs off, in words, if it does."""
        paid, why = account.paid, ""
        if paid is None:
            return why
        rule = standing.rule
        if paid:
            standing.strikes = 0
            if standing.factor > 1:
                standing.factor //= 2
                length = words_of_seconds(self.cooldown(standing))
                self.note("recovers", rule.name, f"it paid: its cooldown is {length} again")
        else:
            standing.strikes += 1
            if standing.strikes >= _STRIKES:
                standing.strikes = 0
                why = self._back_off(standing, account)
        self._store.stand(rule.name, rule.words(), standing.strikes, standing.factor)
        return why

    def _back_off(self, standing: Standing, account: Account) -> str:
        assert account.price is not None
        if self.cooldown(standing) < _DAY:
            standing.factor *= 2
        length = words_of_seconds(self.cooldown(standing))
        words = (
            f"{_STRIKES} runs in a row cost more than they gained (the last one saved"
            f" {account.saved or 0.0:.2g} s and cost {account.price.waited:.2g} s of waiting): its"
            f" cooldown is {length} from now on"
        )
        self._store.back_off(standing.rule.name)
        self.note("backs off", standing.rule.name, words)
        return words
