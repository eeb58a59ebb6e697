"""Patterns and YAML read into one tree, with the place of everything that was written.

In: a `Source`. Out: `tree.Document`. `tokens`, `quantities` and `pattern` read patterns; `nodes`,
`yaml`, `items` and `values` read YAML, and what YAML cannot be read as, `misread` (what libyaml
stumbles on) and `mistakes` (other notations' habits) word.
"""
