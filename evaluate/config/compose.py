"""The configuration that Hydra composes of conf/ and the overrides, for one job or a sweep."""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir, main
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, open_dict

from evaluate.config.broken_yaml import slips_named
from evaluate.config.misspelt import CONF, is_plain
from evaluate.config.overrides import in_quotes, names_several

VERSION_BASE = "1.3"


@slips_named()
def for_each_job(
    job: Callable[[DictConfig], None],
    flags: Sequence[str],
    overrides: Sequence[str],
    sweep_folder: Path | None = None,
) -> None:
    """Call ``job`` with the configuration of each combination of the overrides.

    ``flags`` are Hydra's own, such as ``-m``. ``sweep_folder`` is where a launcher keeps files.
    While a job runs, ``HydraConfig`` knows it.

    Raises:
        HydraException: an override fits no yaml.
        SettingsError: a file is no yaml.
        SystemExit: a flag is wrong, or asks for no job.
    """
    os.environ["HYDRA_FULL_ERROR"] = "1"  # raise its errors instead of printing them
    if not flags and all(map(_is_single, overrides)):
        _run_one(job, overrides)
        return
    more = ["-m"] if any(map(names_several, overrides)) else []
    with tempfile.TemporaryDirectory() as scratch:  # Hydra writes a file for each sweep
        folder = in_quotes(str(sweep_folder or scratch))
        sys.argv = ["cutoutbench", *flags, *more, *overrides, f"hydra.sweep.dir={folder}"]
        main(version_base=VERSION_BASE, config_path=str(CONF), config_name="config")(job)()


def job_number() -> int:
    """The place of the job that is running among those of its sweep, from 0."""
    return int(HydraConfig.get().job.num)


def _run_one(job: Callable[[DictConfig], None], overrides: Sequence[str]) -> None:
    """As ``hydra.main``, which composes everything twice to find out that this is no sweep."""
    with initialize_config_dir(str(CONF), version_base=VERSION_BASE):
        config = compose("config", list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(config)
    with open_dict(config):
        del config["hydra"]
    job(config)


def _is_single(override: str) -> bool:
    return is_plain(override) and not override.startswith(("suite=", "hydra"))
