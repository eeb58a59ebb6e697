"""Networks judged: whether they fit their windows, their card and their budget.

In: a source, its limits and a setup. Out: a verdict with findings and figures, to be rendered.
"""
