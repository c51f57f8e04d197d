"""Recognise out-of-memory errors of the libraries, without importing any of them."""

SIGNS = (
    "out of memory",  # CUDA and Metal; also when another process holds the memory
    "Invalid buffer size",  # Metal, for one large tensor: github.com/pytorch/pytorch #141909
    "DefaultCPUAllocator",  # named only in failed allocations
    "STATUS_ALLOC_FAILED",  # cuBLAS and cuDNN, for their workspace
    "bad_alloc",  # ONNX Runtime, of C++
    "Failed to allocate memory",  # ONNX Runtime, for a tensor
    "Insufficient memory",  # OpenCV
)


def out_of_memory(error: BaseException) -> bool:
    """Whether ``error``, raised by torch or NumPy, is a failed memory allocation."""
    is_known_type = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return is_known_type or any(sign in str(error) for sign in SIGNS)
