"""The one walk over a network that computes shapes.

In: a `Network`. Out: facts, receptive fields and findings of every node, and hints that
were tried. Code here knows neither batch nor dtype, and reads no file.
"""
