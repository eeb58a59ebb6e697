"""Text with places, and the tree read from it.

In: a pattern's or a YAML file's text. Out: `syntax.tree.Document`, or a `SpecError` that
points at the place. Code here knows no layer type and computes no shape.
"""
