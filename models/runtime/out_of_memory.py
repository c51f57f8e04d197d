"""How the libraries say that memory did not suffice; told without importing any of them."""

SIGNS = (
    "out of memory",  # CUDA and Metal; of another process's memory too, then no OutOfMemoryError
    "Invalid buffer size",  # Metal, of one tensor too large: github.com/pytorch/pytorch #141909
    "DefaultCPUAllocator",  # names itself only where it could not allocate
    "STATUS_ALLOC_FAILED",  # cuBLAS and cuDNN, for their own workspace
)


def out_of_memory(error: Exception) -> bool:
    """Whether ``error``, raised by torch or NumPy, means that memory did not suffice."""
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return known or any(sign in str(error) for sign in SIGNS)
