"""Where the models of a command run, and how many at once."""

from dataclasses import dataclass

from evaluate.store.run_folder import SEVERAL_AT_ONCE, SINGLE_STREAM

ENGINES = LOCAL, RAY = "local", "ray"


@dataclass(frozen=True)
class Engine:
    """``local``: processes of this machine; ``ray``: actors of the cluster at ``ray_address``.

    ``workers`` models are loaded, each in a process of its own. ``num_gpus_per_model`` may be a
    fraction; Ray places as many models on a GPU. ``ray_address`` None: a cluster of this machine
    alone, for as long as the command runs. ``usd_per_hour`` is the price of all workers together.
    ``beside_others``: other jobs of a launched sweep may run at the same time.
    """

    name: str = LOCAL
    workers: int = 1
    ray_address: str | None = None
    num_gpus_per_model: float = 0.0
    usd_per_hour: float | None = None
    beside_others: bool = False

    @property
    def scenario(self) -> str:
        """``offline`` where a photo's seconds are no latency, as others share its machine."""
        alone = self.name == LOCAL and self.workers == 1 and not self.beside_others
        return SINGLE_STREAM if alone else SEVERAL_AT_ONCE
