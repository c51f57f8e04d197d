"""The findings of an audit about one photo."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from evaluate.metrics.edge_support import EdgeFit
from evaluate.metrics.working_scale import View

Severity: TypeAlias = Literal["suspect", "note"]


@dataclass(frozen=True)
class Finding:
    """One finding about one photo; ``text`` says what is wrong, how much, and what to do."""

    kind: str
    severity: Severity
    value: float
    text: str


@dataclass
class Case:
    """One photo's measures, which are the columns of its line in audit.csv, and findings.

    ``mend_px`` is the shift (dx, dy) that would correct the truth, in photo px.
    """

    id: str
    measures: dict[str, float | int | str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    mend_px: tuple[int, int] | None = None

    @property
    def suspects(self) -> list[Finding]:
        """The findings of severity ``suspect``."""
        return [finding for finding in self.findings if finding.severity == "suspect"]

    def add(self, kind: str, severity: Severity, value: float, text: str) -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, severity, value, text))


@dataclass(frozen=True)
class Seen:
    """What later checks of a photo need; ``size`` is its (height, width) in px."""

    view: View
    fit: EdgeFit | None
    size: tuple[int, int]


def direction(shift_px: tuple[int, int], size: tuple[int, int]) -> str:
    """A shift (dx, dy) in words: ``58 px down (1.2 % of the height)``. ``size``: height, width."""
    dx, dy = shift_px
    across = (
        f"{abs(dx)} px {'right' if dx > 0 else 'left'} ({_percent(abs(dx) / size[1])} of the width)"
    )
    along = (
        f"{abs(dy)} px {'down' if dy > 0 else 'up'} ({_percent(abs(dy) / size[0])} of the height)"
    )
    return " and ".join(part for part, d in ((along, dy), (across, dx)) if d) or "nowhere"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"
