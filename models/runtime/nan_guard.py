"""Answers that are no number, stopped before a library makes background of them without a word."""

from typing import Any

from datasets.arrays import finite


def guard_network(network: Any) -> None:
    """Have a ``torch.nn.Module`` raise ValueError where its first map is not a number everywhere.

    It is to answer with several maps, or with the one of the one photo that it is given.
    """

    def check(_network: Any, _given: Any, maps: Any) -> None:
        finite(maps[0].detach().cpu().numpy())

    network.register_forward_hook(check)


def guard_session(session: Any) -> None:
    """The same for the first output of an ONNX Runtime session."""
    run = session.run

    def checked(*args: Any, **more: Any) -> Any:
        answers = run(*args, **more)
        finite(answers[0])
        return answers

    session.run = checked
