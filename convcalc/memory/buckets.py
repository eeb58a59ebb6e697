"""DDP's buckets: flat copies of the gradients, sent to the other GPUs as they fill.

Source: torch/csrc/distributed/c10d/reducer.cpp; they go through the caching allocator when
the model is wrapped, and stay.
"""

FIRST_BUCKET = 1 << 20  # bytes; reducer.hpp, kDefaultFirstBucketBytes
BUCKET = 25 << 20  # bytes; distributed.py, bucket_cap_mb


def ddp_buckets(sizes: list[int]) -> list[int]:
    """Bytes of DDP's buckets, for gradients in the order in which they become ready.

    A bucket is closed once it has reached its limit. Source: reducer.cpp,
    compute_bucket_assignment_by_size.
    """
    buckets, filled, limit = [], 0, FIRST_BUCKET
    for size in sizes:
        filled += size
        if filled >= limit:
            buckets.append(filled)
            filled, limit = 0, BUCKET
    return [*buckets, filled] if filled else buckets
