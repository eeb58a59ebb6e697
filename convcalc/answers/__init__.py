"""What people ask of a walked network: reports, verdicts, differences, advice, sweeps, rules.

In: a walk and a setup. Out: plain values to render. Code here prints nothing and formats
nothing but sentences.
"""
