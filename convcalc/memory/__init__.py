"""Memory: the notes' rule, and the simulated training step with its allocator and cards.

In: a walked network and a setup. Out: bytes, by kind and over time. Batch, dtype, mode
and optimizer matter here only; code here knows no layer type, only operators.
"""
