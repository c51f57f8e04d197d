"""A headless Chromium for one page, driven by Playwright; it ends with this process.

Pipes connect Playwright's driver to this process and to the browser. When this process ends, also
by SIGKILL, the pipes close: the driver ends the browser and deletes its profile. On a busy machine
it may fail to delete all of it, so the next start deletes what dead processes have left.
"""

import contextlib
import os
import shutil
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from models.runtime.process_memory import descendants, memory_of
from models.segmenter import Unavailable, one_line
from models.weights.weight_file import home

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--enable-blink-features=ForceEagerMeasureMemory",)  # answers without waiting for a GC
WEBGPU_FLAGS = ("--enable-unsafe-webgpu", "--enable-features=Vulkan")  # off by default on Linux


class PageFailed(RuntimeError):
    """The page answers no longer; another visit may."""


class Chromium:
    """A running browser with a new profile.

    Playwright belongs to the thread that started it, and starts once per thread: it gets its own.

    Raises:
        Unavailable: there is no browser, or it does not start.
    """

    def __init__(self, *, webgpu: bool) -> None:
        from playwright.sync_api import Error

        self._thread = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self._close: Callable[[], None] = lambda: None
        flags = [*FLAGS, *(WEBGPU_FLAGS if webgpu else ())]
        try:
            self._thread.submit(self._start, flags).result()
        except (Error, Unavailable) as error:
            self.close()
            if isinstance(error, Unavailable):
                raise
            raise Unavailable(f"Chromium does not start ({one_line(error)})") from error
        weakref.finalize(self, _finish, self._thread, self._close)

    def _start(self, flags: list[str]) -> None:
        from playwright.sync_api import sync_playwright

        own_home = home() / "browser"  # for settings that belong to no profile
        profiles = own_home / str(os.getpid())
        _delete_abandoned(own_home)
        profiles.mkdir(parents=True, exist_ok=True)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(profiles)  # the driver makes profiles there
        try:
            playwright = sync_playwright().start()
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before
        self._close = playwright.stop
        program = browser_program(playwright.chromium.executable_path)
        # Sockets are made in TMPDIR, and the path of a socket has at most 107 characters.
        environment: dict[str, str | float | bool] = {**os.environ}
        environment |= {"HOME": str(own_home), "TMPDIR": "/tmp"}  # noqa: S108
        self._context = playwright.chromium.launch_persistent_context(
            "", executable_path=program, args=flags, headless=True, env=environment
        )
        browser = self._context.browser
        self.version = f"Chromium {browser.version}" if browser else program
        self._page = self._context.pages[0] if self._context.pages else self._context.new_page()

    def visit(self, url: str) -> None:
        """Open ``url`` in a new page, and close the page before."""

        def switch() -> None:
            page = self._context.new_page()
            self._page.close()
            self._page = page
            page.goto(url)

        self._thread.submit(switch).result()

    def call(self, expression: str, argument: object = None) -> Any:
        """The value of a JavaScript expression or function in the page; promises are awaited.

        Raises:
            PageFailed: the page has crashed or was closed.
        """
        from playwright.sync_api import Error

        try:
            return self._thread.submit(lambda: self._page.evaluate(expression, argument)).result()
        except Error as error:
            reason = str(error).splitlines()[0]
            raise PageFailed(f"the page failed ({reason}), often for lack of memory") from error

    def close(self) -> None:
        """End the browser."""
        _finish(self._thread, self._close)


def _delete_abandoned(folder: Path) -> None:
    """Delete the profiles of processes that have ended; each process has a folder, its number."""
    for path in folder.glob("[0-9]*"):
        try:
            os.kill(int(path.name), 0)
        except ProcessLookupError:
            shutil.rmtree(path, ignore_errors=True)
        except PermissionError:  # alive, another user's
            continue


def _finish(thread: ThreadPoolExecutor, close: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the thread has ended already
        thread.submit(close).result()
    thread.shutdown()


def browser_program(own: str) -> str:
    """The path of the installed Chromium, else ``own``, where Playwright installs one.

    Raises:
        Unavailable: there is neither.
    """
    found = next(filter(None, map(shutil.which, COMMANDS)), own)
    if not Path(found).exists():
        raise Unavailable(
            f"no browser: none of {', '.join(COMMANDS)} is installed; "
            f"run: {sys.executable} -m playwright install chromium"
        )
    return found


def memory_bytes() -> int | None:
    """Memory of this process's browsers, in bytes; None where /proc is missing."""
    return memory_of(filter(_is_browser, descendants(os.getpid()))) or None


def _is_browser(pid: int) -> bool:
    with contextlib.suppress(OSError):  # it has ended meanwhile
        return Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").startswith("chrom")
    return False
