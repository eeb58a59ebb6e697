"""Plain values that every room shares: shapes, windows, units, setups, facts, operators.

In: nothing. Out: value classes and arithmetic on them. Code here reads no text, knows no
layer type and touches no file.
"""
