"""The commands, a module each; ``evaluate.__main__`` says what each does.

A module's ``run(session, settings)`` does one model's share of the command and returns an exit code
of ``evaluate.exit_codes``. Modules are imported when their command is given, since some
import packages that take longer than a short command.
"""

MODULES = {
    "ensemble": "decision.ensemble",
    "eval": "eval",
    "run": "predict",
    "score": "score",
    "compare": "compare",
    "audit": "audit",
    "baseline": "baseline",
    "canary": "canary",
    "gate": "gate",
    "merge": "merge",
    "next": "decision.next_photos",
    "parity": "parity",
    "time": "timing",
    "trace": "trace",
    "tune": "decision.tune",
    "verify": "verify",
    "vote": "vote",
    "weights": "weights",
    "doctor": "words.doctor",
    "unpack": "words.unpack",
}
"""The module of each command."""
