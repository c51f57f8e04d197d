"""The weight files that the wrappers name: a line for each, and one for the folder of all."""

import json
import sys
from contextlib import redirect_stdout


def main() -> None:
    """Print one line a file, and one for each model whose files cannot be told."""
    with redirect_stdout(sys.stderr):
        from omegaconf import OmegaConf

        from evaluate.config.settings import Settings
        from models.segmenter import load_class
        from models.weights.weight_file import HasWeights, home

        answers: list[dict[str, object]] = [{"home": str(home())}]
        for model in Settings(OmegaConf.create({}), {}, (), swept=False).every_model():
            for choice in (model, model.with_alternative()):
                try:
                    built = choice.build()[0] if choice else None
                    wrapper = load_class(built.target) if built else None
                    if not built or not isinstance(wrapper, HasWeights):
                        continue
                    files = wrapper.weights_of(built.options)
                except Exception as error:  # such as a package that is not installed
                    answers.append({"model": model.name, "failure": f"{error}"[:200]})
                    continue
                answers += [
                    {
                        "model": model.name, "path": str(file.path), "hash": file.known_hash,
                        "size_bytes": file.size_bytes,
                    }
                    for file in files
                ]  # fmt: skip
    print("\n".join(map(json.dumps, answers)))


if __name__ == "__main__":
    main()
