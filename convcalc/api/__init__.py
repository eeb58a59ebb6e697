"""What `import convcalc` offers to Python: the commands as functions, with the same verdicts.

In: sources, networks or PyTorch modules, and the options of the command line as keywords. Out:
the values of `answers`; reports can show themselves. Code here prints nothing and knows no click.
"""
