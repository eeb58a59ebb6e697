"""Networks as other texts: YAML, patterns, PyTorch code."""
