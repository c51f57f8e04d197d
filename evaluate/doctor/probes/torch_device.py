"""PyTorch: its build, the GPUs that it sees, and whether it computes on what it chooses."""

import json
import sys
import warnings
from contextlib import redirect_stdout


def main() -> None:
    """Print one line."""
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(sys.stderr):
        warnings.simplefilter("always")
        from models.runtime.pytorch import torch_device

        device = torch_device("auto")
        import torch

        count = torch.cuda.device_count() if device == "cuda" else 0
        gpus = [torch.cuda.get_device_name(number) for number in range(count)]
        failure = ""
        try:
            if (torch.ones(8, 8, device=device) @ torch.ones(8, 1, device=device)).sum() != 64:
                failure = "8×8 ones times 8 ones is not 64"
        except RuntimeError as error:  # such as a GPU that the build has no kernels for
            failure = " ".join(str(error).split())[:200]
    told = [" ".join(str(entry.message).split()) for entry in caught]
    about_gpu = [text for text in told if "driver" in text or "CUDA" in text]
    answer = {
        "version": str(torch.__version__), "device": device, "gpus": gpus, "failure": failure,
        "cuda": torch.version.cuda or torch.version.hip, "warnings": "; ".join(about_gpu)[:200],
    }  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
