"""The machine and the versions that a bench was run with."""

from importlib.metadata import version

from evaluate.store.identity import machine


def about_machine(*packages: str) -> str:
    """One line: processor, cores, system, Python, and these packages beside the usual ones."""
    known = machine()
    names = ("numpy", "opencv-python-headless", "pillow", *packages)
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{known['cpu']}, {known['cores']} cores, {known['system']}, Python {known['python']}; "
        f"{versions}"
    )
