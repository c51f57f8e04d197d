"""Networks on the Hugging Face Hub whose repository contains their Python code.

That code runs only with ``trust_remote_code``. The files are fetched here, each is verified by its
hash before it is read, and transformers stays offline. Subclasses define the recipe: preprocessing
and how the output becomes an Alpha.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from models.runtime.pytorch import check_precision, prepare_network, torch_device
from models.segmenter import Unavailable, one_line
from models.weights.weight_file import WeightFile, fetch, home


class HubModel:
    """``repository`` at the commit ``revision``.

    ``size`` is the side of the square input, or its height and width; ``precision``:
    ``prepare_network``.
    """

    def __init__(
        self,
        *,
        device: str,
        repository: str,
        revision: str,
        trust_remote_code: bool,
        size: int | list[int],
        weights: Mapping[str, Any],
        precision: str | None = None,
    ) -> None:
        if trust_remote_code is not True:
            raise Unavailable(
                f"{repository} at revision {revision} contains Python code, which would run here; "
                "if you trust it, add model.trust_remote_code=true"
            )
        self.device = torch_device(device)
        check_precision(self.device, precision)
        offline_transformers()
        options = {"repository": repository, "revision": revision, "weights": weights}
        files = self.weights_of(options)
        folder = _assembled(files, Path(repository).name)
        self.weights = {file.name: file.known_hash for file in files}
        network = _load(folder, f"{repository}@{revision[:8]}")
        self._network = network.float().to(self.device).eval()
        self.runtime = prepare_network(self._network, self.device, precision)
        self._size = size if isinstance(size, list) else [size, size]

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """Weights, config and code.

        Each name is prefixed with the repository's, since a mirror is one folder for all models.
        Files without a hash may be fetched, since fetching runs no code; running it needs
        ``trust_remote_code``.
        """
        repository, revision = options["repository"], options["revision"]
        server = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        return [
            WeightFile(
                f"hub/{revision}/{Path(repository).name}-{file['name']}",
                f"{server}/{repository}/resolve/{revision}/{file['name']}",
                file["size_bytes"],
                file["hash"],
                options["weights"]["licence"],
                trust=True,
            )
            for file in options["weights"]["files"]
        ]


def offline_transformers() -> Any:
    """The library transformers: silent, offline, with its files below ``home()``."""
    os.environ |= {  # read when the libraries are imported
        "HF_HOME": str(home() / "huggingface"),
        "HF_MODULES_CACHE": str(home() / "huggingface" / "modules"),
        "HF_HUB_OFFLINE": "1",
    }
    import transformers

    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return transformers


def _assembled(files: list[WeightFile], name: str) -> Path:
    """A folder of symbolic links with the repository's own file names."""
    paths = [fetch(file) for file in files]
    folder = paths[0].parent / name
    folder.mkdir(exist_ok=True)
    for path in paths:
        with suppress(FileExistsError):
            (folder / path.name.removeprefix(f"{name}-")).symlink_to(Path("..", path.name))
    return folder


def _load(folder: Path, origin: str) -> Any:
    import transformers

    try:
        network = load_whole(_class(folder), folder)
    except Unavailable:
        raise
    except Exception as error:  # foreign code, written for an older transformers
        reason = one_line(f"{type(error).__name__}: {error}")
        raise Unavailable(
            f"{origin} does not load with transformers {transformers.__version__} ({reason}); "
            "set model.revision and model.weights to a revision that does"
        ) from error
    return network


def load_whole(build: Any, folder: Path) -> Any:
    """The network of the class ``build`` with all of its weights in ``folder``.

    Raises:
        Unavailable: a weight is missing or unexpected.
    """
    network, found = build.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    wrong = {kind: sorted(map(str, keys)) for kind, keys in found.items() if keys}
    if wrong:
        raise Unavailable(f"{folder}: not this network's weights ({str(wrong)[:200]})")
    return network


def _class(folder: Path) -> Any:
    """The network's class, with ``post_init`` called: code older than transformers 5 may not."""
    from transformers import AutoConfig
    from transformers.dynamic_module_utils import get_class_from_dynamic_module

    config = AutoConfig.from_pretrained(folder, trust_remote_code=True, local_files_only=True)
    class_name = config.auto_map["AutoModelForImageSegmentation"]
    original: Any = get_class_from_dynamic_module(class_name, str(folder), local_files_only=True)

    class Network(original):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            if not hasattr(self, "all_tied_weights_keys"):
                self.post_init()

    return Network
