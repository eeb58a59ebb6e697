"""Single mutations that went through the tests once; each is noticed now, without torch."""

NAMED = (
    ("answers/verdicts/judge.py", "strict and f.severity != NOTE", "strict"),
    ("layers/pool.py", "output != rounded_down", "output.width != rounded_down.width"),
    ("walk/receptive_field.py", "jump = max(field.jump", "jump = min(field.jump"),
    ("walk/hints.py", 'if option == "kernel_size" and same:', "if False:"),
    ("layers/_sliding.py", "strided = max(stride) > 1", "strided = min(stride) > 1"),
    ("layers/_sliding.py", "max(volume.elements, output.elements)", "output.elements"),
    ("layers/conv.py", "most = max(MOST_ASSUMED_FILTERS, first)",
     "most = MOST_ASSUMED_FILTERS"),
    ("network/expansion.py", "len(frame.calls) >= DEEPEST_CALLS",
     "len(frame.calls) > DEEPEST_CALLS"),
    ("walk/hints.py", "return self.work > MOST_WORK", "return False"),
    ("memory/estimate.py", "(100 * (room - extra + 1) - 1) // (100 + part)",
     "100 * (room - extra) // (100 + part)"),
    ("memory/autograd.py", "self.tape.references[older[0]] == 1",
     "self.tape.references[older[0]] >= 1"),
    ("memory/optimizers.py", "optimizer.numerator and not decays", "optimizer.numerator"),
    ("network/expansion.py", "self.stages[frame.scope] = self.stages.get(frame.scope, 0) + 1",
     "self.stages[()] = self.stages.get((), 0) + 1"),
)  # fmt: skip
