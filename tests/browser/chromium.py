"""A Chromium without a window, which does what it is told through its pipe of DevTools."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAMS = ("chromium-headless-shell", "chromium")  # as Debian calls them
LIMIT = 60.0  # seconds, for what takes a moment
OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # root may have none, and the page is ours
    "--disable-dev-shm-usage",  # containers have little of it
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
)
CONTROL = 2  # a modifier's bit
VIRTUAL_KEYS = {"Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "Escape": 27}


class Chromium:
    """A browser with one page."""

    def __init__(self, folder: Path) -> None:
        """Start it; it keeps what it must in a folder."""
        self.events: list[dict[str, Any]] = []
        self._last = 0
        self._session: dict[str, str] = {}
        self._rest = b""
        self._log = folder / "log"
        path = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if not path:
            sys.exit(f"no {' and no '.join(PROGRAMS)} here: install one of them")
        orders, self._orders = os.pipe()  # it reads from 3, and answers to 4
        self._answers, answers = os.pipe()
        through = ["bash", "-c", f'exec "$@" 3<&{orders} 4>&{answers}', "bash"]
        with self._log.open("wb") as log:
            self._program = subprocess.Popen(
                [*through, path, *OPTIONS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
                pass_fds=(orders, answers),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(orders)
        os.close(answers)
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self._session = {}
        try:
            self.ask("Browser.close")
            self._program.wait(LIMIT)
        finally:
            self._program.kill()
            self._program.wait()
            os.close(self._orders)
            os.close(self._answers)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Have something done, and return what it says of it; what else it tells is an event."""
        self._last += 1
        order = {"id": self._last, "method": method, "params": parameters, **self._session}
        left = json.dumps(order).encode() + b"\0"
        while left:
            left = left[os.write(self._orders, left) :]
        while True:
            told = self._next()
            if told.get("id") != self._last:
                self.events.append(told)
            elif "error" in told:
                sys.exit(f"{method}: {told['error']}")
            else:
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            readable, _, _ = select.select([self._answers], [], [], LIMIT)
            more = os.read(self._answers, 1 << 16) if readable else b""
            if not more:
                sys.exit(f"Chromium says no more:\n{self._log.read_text(errors='replace')}")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        return told

    def told(self, event: str) -> list[dict[str, Any]]:
        """What events of a kind said, so far."""
        return [each["params"] for each in self.events if each.get("method") == event]

    # ---- What a person does ----------------------------------------------------------------------

    def open(self, page: Path) -> None:
        """Open a file, and wait until it is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url=page.as_uri())
        self.until(lambda: bool(self.told("Page.loadEventFired")))

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is true."""
        end = time.monotonic() + LIMIT
        while not true():
            if time.monotonic() > end:
                sys.exit(f"not so within {LIMIT:.0f} s")
            self.evaluate("0")  # it tells of events meanwhile

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; of a promise, what comes of it."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            sys.exit(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def drawn(self) -> None:
        """Wait until what was asked for is drawn."""
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
        )

    def window(self, width: int, height: int, *, sharp: float = 1) -> None:
        """Make the window of a size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=sharp,
            mobile=False,
        )
        self.drawn()

    def scheme(self, name: str) -> None:
        """Prefer "dark" or "light"."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.ask("Emulation.setEmulatedMedia", features=features)
        self.drawn()

    def point(self, x: float, y: float) -> None:
        """Move the pointer somewhere."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def turn(self, x: float, y: float, by: int, *, control: bool) -> None:
        """Turn the wheel over a place; below 0 is away from oneself."""
        self.ask(
            "Input.dispatchMouseEvent",
            type="mouseWheel",
            x=x,
            y=y,
            deltaX=0,
            deltaY=by,
            modifiers=CONTROL if control else 0,
        )
        self.drawn()

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        x, y = self.evaluate(
            f"(box => [box.x + box.width / 2, box.y + box.height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key, by JavaScript's name."""
        text = {"text": key} if len(key) == 1 else {}
        code = {"windowsVirtualKeyCode": VIRTUAL_KEYS[key]} if key in VIRTUAL_KEYS else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **code)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, **code)
        self.drawn()

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)
        self.drawn()
