"""What a person types: settings, overrides and names of files."""

import json
from contextlib import suppress
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from evaluate.config.misspelt import CONF, misspelt
from evaluate.config.options import OPTIONS
from evaluate.config.overrides import (
    explain,
    invalid_override,
    names_several,
    quoted,
    unquoted,
)
from evaluate.display.text import escape, printable
from evaluate.errors import SettingsError
from evaluate.store.atomic import file_name
from tests.fuzz.target import Ready, Target


def _typed(data: bytes) -> str:
    """A text as an argument of a command, which has no null bytes."""
    return data.decode("utf-8", "replace").replace("\0", "")


def _settings(_: Path) -> Ready:
    def check(data: bytes) -> None:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = data.decode("utf-8", "replace")
        for option in OPTIONS.values():
            with suppress(SettingsError):
                option.parse(option.name, value)

    return Ready([b"0.5", b"128", b"true", b"null", b'"auto"', b'"cpu,openvino"', b"[1]"], check)


def _overrides(_: Path) -> Ready:
    """Names and values with line ends between them, as ``make`` passes them."""

    def check(data: bytes) -> None:
        words = [w for w in _typed(data).split("\n") if w]
        typed = [quoted(word) for word in words if not word.startswith("-")]
        for text in (invalid_override(typed, sweeps=False), misspelt(typed)):
            assert text is None or isinstance(text, str)
        for word in typed:
            names_several(word)
            unquoted(word)

    corpus = ["model=otsu\nlimit=5", "dataset.root=/a b\ndataset=folder", "model=glob(*)"]
    corpus += ["model.mean=[0.5,0.5]", "model.text='it''s'\nprompt.text=x", "threshold=1,5"]
    return Ready([text.encode() for text in corpus], check)


def _texts(_: Path) -> Ready:
    """A text that is typed for a setting arrives as it was typed."""
    parser = OverridesParser.create()

    def check(data: bytes) -> None:
        text = _typed(data)
        if not text or text[0] in "'\"":  # quoted by the person
            return
        for name in ("dataset.root", "dataset.name", "model.text", "runs"):
            found = parser.parse_override(quoted(f"{name}={text}"))
            assert found.value() == text

    return Ready([b"/photos/a b", b"a,b", b"it's", b"C:\\x\\", b"null", b"$HOME", b"\\'"], check)


def _composed(_: Path) -> Ready:
    """Overrides of a whole configuration."""

    def check(data: bytes) -> None:
        words = [w for w in _typed(data).split("\n") if w]
        typed = [quoted(w) for w in words if not w.startswith(("-", "hydra", "+", "~"))]
        if invalid_override(typed, sweeps=False) or misspelt(typed):
            return
        try:
            with initialize_config_dir(str(CONF), version_base="1.3"):
                config = compose("config", typed)
        except HydraException as error:
            text = explain(error)
            if not text:
                raise
            return
        from evaluate.config.settings import Settings

        with suppress(SettingsError):
            Settings(config, {}, tuple(typed), swept=False).check(given_only=False)

    corpus = ["model=otsu\nlimit=5", "dataset=folder\ndataset.root=x", "gate.photo_drop=0.1"]
    return Ready([text.encode() for text in corpus], check)


def _names(_: Path) -> Ready:
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        name = file_name(text)
        assert 0 < len(name.encode()) <= 130
        assert "/" not in name
        assert "\0" not in name
        assert name not in (".", "..")
        printable(text).encode()
        escape(text)

    return Ready([b"u2net+crop=paper", b"../../x", b"\xc3\xa9" * 90, b"\x1b[2J"], check)


TARGETS = (
    Target("settings", _settings, share=0.5),
    Target("overrides", _overrides, share=0.3),
    Target("typed texts, round trip", _texts, share=0.3),
    Target("configurations", _composed, share=0.05),
    Target("names of files and rows", _names, guided=True),
)
