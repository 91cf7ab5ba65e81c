"""Guard: keeps a policy on this machine, until it is told to stop."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from ntpages import arguments, privileges
from ntpages._native import guard as native
from ntpages.guard.engine import Engine
from ntpages.guard.exporting import Exporting
from ntpages.guard.host import Host
from ntpages.guard.places import Lock, ready_store, store_path
from ntpages.guard.policy import Policy
from ntpages.guard.store import Store
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.guard.account import Account
    from ntpages.guard.engine import Standing
    from ntpages.guard.numbers import Numbers

__all__ = ["Guard"]


class Guard(Owner):
    """The one that keeps a policy on this machine. No two write to one store."""

    __slots__ = ("_closed", "_ends", "_engine", "_exporting", "_machine", "_stopped", "_store")

    def __init__(
        self,
        policy: Policy,
        *,
        store: str | None = None,
        dry_run: bool = False,
        on_note: Callable[[str, str, str], None] | None = None,
    ) -> None:
        """Open the store and take up what is known of earlier runs.

        Args:
            policy: What to keep to.
            store: Path of the database that remembers; made where there is none. None for the
                usual place: ProgramData for administrators, the user's own folder for others.
            dry_run: Write nothing and do nothing, but say what would be done.
            on_note: Called with a kind, the name of a rule, and words, whenever something happens:
                a run's account, say.

        Raises:
            ValueError: Something else than a store is there; or others than administrators, and
                than whoever runs this, may change the usual place of administrators.
            OSError: Another guard runs on it, or it can't be opened.
            NtError: Windows refused.

        Source: as ``Guard.take()``.
        """
        arguments.instance("policy", policy, Policy)
        dry_run = arguments.boolean("dry_run", dry_run)
        if on_note is not None:
            arguments.function("on_note", on_note)
        path = store_path() if store is None else arguments.name("store", store)
        self._closed = self._stopped = False
        with ExitStack() as ends:
            if dry_run:
                path = ":memory:"
            else:
                if store is None:
                    ready_store(path, besides=native.own_account())
                ends.enter_context(Lock(path))
            self._store = ends.enter_context(Store(path))
            self._machine = ends.enter_context(Host())
            self._engine = Engine(
                policy, self._machine, self._store, dry_run=dry_run, on_note=on_note
            )
            self._exporting = Exporting(None, self._tell)
            ends.callback(self._export_no_more)
            if not dry_run:
                self._export()
            if self._store.replaced:
                words = f"the store was damaged, and begun anew; it lies in {self._store.replaced}"
                self._engine.note("store", "", words)
            self._ends = ends.pop_all()

    def __repr__(self) -> str:
        """Return how many rules it keeps, or that it is closed."""
        return f"<Guard: {'closed' if self._closed else f'{len(self.policy.rules)} rules'}>"

    @property
    def policy(self) -> Policy:
        """What it keeps to."""
        return self._engine.policy

    @property
    def numbers(self) -> Numbers | None:
        """What the machine said at the last look; ``None`` before the first."""
        return self._engine.numbers

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How each rule stands."""
        return self._engine.standings

    @property
    def watching(self) -> Account | None:
        """The run whose price is being counted right now; ``None`` where none is."""
        return self._engine.watching

    @property
    def last(self) -> Account | None:
        """The last run whose price is known; ``None`` where there was none yet."""
        return self._engine.last

    def note(self, kind: str, words: str) -> None:
        """Write something down.

        Args:
            kind: What it is about, in a word or two.
            words: What there is to say.
        """
        self._engine.note(arguments.name("kind", kind), "", arguments.text("words", words))

    def take(self, policy: Policy) -> None:
        """Keep to another policy from now on. Rules that are the same stand as they stood.

        Args:
            policy: The other one.

        Raises:
            NtError: Windows refused.

        Source: ``NtOpenEvent`` (wdm.h), ``CreateEventW`` (synchapi.h), Windows 2000.
        """
        arguments.instance("policy", policy, Policy)
        earlier = self.policy.metrics
        self._engine.take(policy)
        if policy.metrics != earlier and not self._engine.dry_run:
            self._export()

    def _export_no_more(self) -> None:
        self._exporting.close()

    def _export(self) -> None:
        """Hand metrics on as the policy wants it."""
        self._export_no_more()  # before another may have its port
        self._exporting = Exporting(self.policy.metrics, self._tell)

    def _tell(self, words: str) -> None:
        self.note("metrics", words)

    def step(self) -> float:
        """Look once and do what is due.

        Returns:
            Seconds until there is something to look at again.

        Needs: ``SeProfileSingleProcessPrivilege`` for most lists and steps, ``SeDebugPrivilege`` to
        trim others; whatever is refused is written down.

        Source: as ``memory_lists.query()``, as ``processes.list_processes()``, as
        ``system.memory()``, as ``system.fault_counters()``, as ``physical.compression()``, as
        ``memory_lists.clean()``; ``NtOpenEvent`` (wdm.h), ``Shell_NotifyIconW`` (shellapi.h),
        Windows 2000.
        """
        with privileges.enabled_if_held(PROFILE):
            pause = self._engine.step()
            self._exporting.write(self._machine.clock())
            return pause

    def finish(self) -> Account | None:
        """Count the price of the run that is being watched, now instead of later.

        Returns:
            Its account; ``None`` where no run is being watched.

        Source: as ``memory_lists.query()``, as ``processes.list_processes()``, as
        ``system.fault_counters()``.
        """
        return self._engine.close()

    def wait(self, seconds: float) -> None:
        """Wait, at most until a condition of the kernel's begins to hold, or ``stop()``.

        Args:
            seconds: How long at most.

        Raises:
            NtError: Windows refused.

        Source: ``WaitForMultipleObjects`` (synchapi.h), Windows XP.
        """
        self._engine.wait(arguments.seconds("seconds", seconds))

    def run(self, *, once: bool = False, on_look: Callable[[], None] | None = None) -> None:
        """Look and do what is due, again and again, until ``stop()``.

        Args:
            once: End as soon as nothing is due: for whoever is started by a scheduler. What has to
                hold for a time is waited for, as far as it holds; so are the prices of runs, and
                that a notification could be seen.
            on_look: Called after each look.

        Raises:
            NtError: Windows refused to wait.

        Needs: as ``step()``.

        Source: as ``step()``, as ``wait()``.
        """
        once = arguments.boolean("once", once)
        if on_look is not None:
            arguments.function("on_look", on_look)
        if once:
            self._engine.count_from_earlier()
        looks = 0
        with privileges.enabled_if_held(PROFILE):  # once, instead of for each question
            try:
                while not self._stopped:
                    pause = self.step()
                    looks += 1
                    if on_look:
                        on_look()
                    if once and looks > 1 and not self._engine.busy:  # rates take two looks
                        self._machine.linger()
                        return
                    self.wait(pause)
            finally:
                self.finish()
                self._engine.note("ends", "", "stopped")

    def stop(self) -> None:
        """Have ``run()`` end, from any thread. What is being done is done to its end.

        Raises:
            NtError: Windows refused.

        Source: ``SetEvent`` (synchapi.h), Windows XP.
        """
        self._stopped = True
        self._machine.stop()

    def close(self) -> None:
        """Close the store and let others have it. Closing twice is harmless.

        Raises:
            NtError: Windows refused.

        Source: as ``Guard.stop()``.
        """
        self._closed = True
        self._ends.close()
