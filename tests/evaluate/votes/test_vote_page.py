"""Voting in a real browser: on the page opened from disk, and through ``make vote``."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import LABEL
from tests.support.commands import TIMEOUT_S, run_command
from tests.support.projects import ROOT

KEYS = ("ArrowLeft", "ArrowRight", "ArrowDown")


@pytest.fixture
def own(made: Path, tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """A report of the test's own, and the settings of its commands."""
    copied = shutil.copytree(made.parent, tmp_path / "reports" / "photos")
    root = made.parents[2] / "photos"
    return copied, ("dataset=folder", f"dataset.root={root}", f"reports={tmp_path / 'reports'}")


def begin(page: Page, name: str) -> None:
    page.fill("#voter", name)
    page.keyboard.press("Enter")
    expect(page.locator("#screen")).to_be_visible()


def vote(page: Page, key: str, by_mouse: bool = False) -> None:
    """Press a key, or click its button, once the photo is there."""
    pair = page.evaluate("document.querySelector('#left image').getAttribute('href')")
    assert pair.startswith("html/")
    expect(page.locator("#screen")).to_have_attribute("data-ready", re.compile("."))
    if by_mouse:
        page.locator(f"[data-key={key}]").click()
    else:
        page.keyboard.press(key)


def paths(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#panes path')].map(path => path.getAttribute('d'))"
    )
    return found


def test_six_votes_by_key_and_mouse_are_resumed_exported_and_counted(
    page: Page, own: tuple[Path, tuple[str, ...]]
) -> None:
    report, settings = own
    page.goto((report / "index.html").as_uri())
    page.get_by_role("link", name="Choose the better of two masks").click()
    begin(page, "Zoë O'Hara")
    for key, by_mouse in product(KEYS, (False, True)):
        vote(page, key, by_mouse)
    progress = page.locator("#progress")
    expect(progress).to_have_text(re.compile(r"^6 of \d+ · Zoë O'Hara$"))
    seventh = paths(page)
    page.keyboard.press("Backspace")
    expect(progress).to_contain_text("5 of ")
    expect(page.locator("#said")).to_have_text("Undone: choose again")
    vote(page, "ArrowRight")
    expect(progress).to_contain_text("6 of ")
    assert paths(page) == seventh

    for _ in range(3):
        page.keyboard.press("Space")
        page.keyboard.press("z")
    assert paths(page) == seventh
    seen = page.content().partition('<script type="application/json"')[0]
    runs = {path.stem for path in report.glob("html/*/*.js")} - {"truth"}
    assert runs
    assert not [name for name in (*runs, "truth.js", "Sharp") if name in seen]
    whole = (report / "vote.html").read_text()
    assert not [name for name in (*runs, "truth.js", LABEL) if name in whole]

    page.reload()
    expect(page.locator("#voter")).to_have_value("Zoë O'Hara")
    begin(page, "Zoë O'Hara")
    expect(page.locator("#said")).to_have_text("Welcome back: 6 are judged")
    assert paths(page) == seventh
    page.keyboard.press("Escape")
    expect(page.locator("#rest-text")).to_contain_text("6 of ")
    with page.expect_download() as download:
        page.keyboard.press("s")
    name = download.value.suggested_filename
    assert name == "votes-photos-Zoë-O-Hara.json"
    (report / "votes").mkdir()
    download.value.save_as(report / "votes" / name)
    votes = json.loads((report / "votes" / name).read_text("utf-8"))["votes"]
    assert [one["choice"] for one in votes] == ["left", "left", "right", "right", "equal", "right"]

    done = run_command("compare", *settings)
    assert done.returncode in (0, 3), done.stderr
    stored = json.loads((report / "comparison.json").read_text())
    jsonschema.validate(stored, json.loads((ROOT / "docs" / "comparison.schema.json").read_text()))
    assert (stored["votes"]["votes"], stored["votes"]["voters"]) == (6, 1)
    assert stored["votes"]["left_out"] == {"changed": 0, "other_rows": 0}
    assert "### Blind votes\n\n6 votes of 1 voter on " in (report / "comparison.md").read_text()
    assert "(votes.png)" in (report / "comparison.md").read_text()
    page.goto((report / "index.html").as_uri())
    expect(page.locator("#votes tbody tr")).to_have_count(len(stored["votes"]["contenders"]))


def ask(url: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
    place = urlsplit(url)
    assert place.hostname
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
    data = None if body is None else json.dumps(body)
    sent = {"Content-Type": "application/json", **headers}
    connection.request(method, path, data, {name.replace("_", "-"): v for name, v in sent.items()})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_make_vote_stores_each_vote_and_refuses_strangers(
    browser: Browser, own: tuple[Path, tuple[str, ...]]
) -> None:
    report, settings = own
    program = subprocess.Popen(
        [sys.executable, "-m", "evaluate", "vote", *settings],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert program.stdout
        url = program.stdout.readline().removeprefix("Open: ").strip()
        page = browser.new_page()
        page.goto(url)
        begin(page, "Bo")
        for key in KEYS:
            vote(page, key)
        page.keyboard.press("Backspace")
        lines = report / "votes" / "Bo.jsonl"
        expect(page.locator("#progress")).to_contain_text("2 of ")
        vote(page, "ArrowLeft")
        expect(page.locator("body")).to_have_attribute("data-unsent", "0")
        page.reload()
        begin(page, "Bo")
        expect(page.locator("#progress")).to_contain_text("3 of ")
        page.close()

        stored = [json.loads(line) for line in lines.read_bytes().splitlines()]
        assert [one["choice"] for one in stored] == ["left", "right", "equal", "undone", "left"]
        place = urlsplit(url)
        token = place.path.split("/")[1]
        votes, one = f"/{token}/votes", {**stored[0], "voter": "Mallory"}
        one.pop("check")
        refused = [
            ask(url, "POST", "/other/votes", one),
            ask(url, "POST", votes, one, Host=f"evil.example:{place.port}"),
            ask(url, "POST", votes, one, Origin="http://evil.example"),
            ask(url, "GET", "/other/vote.html"),
            ask(url, "GET", place.path, Host="evil.example"),
        ]
        assert [status for status, _ in refused] == [403] * 5
        assert ask(url, "POST", votes, one, Content_Type="text/plain")[0] == 415
        assert ask(url, "POST", votes, {**one, "choice": "both"})[0] == 400
        assert ask(url, "POST", votes, {**one, "voter": "x" * 5000})[0] == 413
        hidden = ("runs/A/run.json", ".cache.sqlite", "../photos/vote.html/x.js", "%2e%2e/x.html")
        assert {ask(url, "GET", f"/{token}/{name}")[0] for name in hidden} == {404}
        assert [*(report / "votes").iterdir()] == [lines]
        assert ask(url, "POST", votes, one)[0] == 200
        assert (report / "votes" / "Mallory.jsonl").is_file()
    finally:
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=TIMEOUT_S)
    assert program.returncode == 130
    assert "ended; the votes are in" in said


def test_without_a_page_the_remedy_is_named(command: Any, folder: Path) -> None:
    done = command("vote", "dataset=folder", f"dataset.root={folder}")
    assert done.returncode == 2
    assert "vote.html does not exist; run: make compare dataset=folder" in done.stderr
