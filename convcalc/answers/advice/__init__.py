"""The largest batch that fits, and what would make a larger one fit.

In: a walk, a setup and a limit. Out: batches, and changes whose figures were worked out.
"""
