"""From models that exist to specs: torch modules and ONNX files.

A tracer hands over calls of torch's operators (`convcalc.facts.torch_calls`), `rewrites` sees
the larger operator in several small ones, `reading` asks the layer types what computes each,
`folding` finds what repeats, and `writing` makes a spec of it, which is then read like any other.
"""
