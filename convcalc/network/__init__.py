"""From a tree to a network: repeats and blocks expanded, names given, edges drawn.

In: a source as the user names it, or a document's tree. Out: `graph.Network`; behind this
room nobody knows whether it was a pattern or YAML. Code here computes no shape.
"""
