"""Raise on NaN or inf outputs: a cast to uint8 would turn them into 0, background."""

from typing import Any

from datasets.arrays import finite


def guard_network(network: Any) -> None:
    """Make a ``torch.nn.Module`` raise ValueError if its first output map contains NaN or inf.

    The network returns several maps, or a batch of one map.
    """

    def check(_network: Any, _inputs: Any, maps: Any) -> None:
        finite(maps[0].detach().cpu().numpy())

    network.register_forward_hook(check)


def guard_session(session: Any) -> None:
    """Make an ONNX Runtime session raise ValueError if its first output contains NaN or inf."""
    run = session.run

    def checked(*args: Any, **options: Any) -> Any:
        outputs = run(*args, **options)
        finite(outputs[0])
        return outputs

    session.run = checked
