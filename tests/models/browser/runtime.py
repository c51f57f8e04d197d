"""What a network in a browser needs in tests: a browser, and ONNX Runtime from npm."""

import shutil
from functools import cache

import pytest
from playwright.sync_api import sync_playwright

from models.browser.chromium import browser_program
from models.browser.runtime_package import runtime_file
from models.segmenter import Unavailable
from models.weights.weight_file import fetch

STORED = runtime_file().path  # in the user's folder: a test may set another one later


def provide_runtime() -> None:
    """Put ONNX Runtime into ``$CUTOUTBENCH_HOME``; without a browser the test is skipped.

    npm downloads it once, into the user's folder.
    """
    if reason := _why_no_browser():
        pytest.skip(reason)
    file = runtime_file()
    if not STORED.is_file():
        fetch(file)
        STORED.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, STORED.with_suffix(".part"))
        STORED.with_suffix(".part").replace(STORED)
    elif not file.path.is_file():
        file.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(STORED, file.path)


@cache
def _why_no_browser() -> str:
    with sync_playwright() as playwright:
        try:
            browser_program(playwright.chromium.executable_path)
        except Unavailable as error:
            return str(error)
    return ""
