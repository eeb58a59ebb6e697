"""Networks from and to other notations: PyTorch, ONNX, our own YAML and patterns.

In: a PyTorch module, an ONNX file or a network. Out: a spec, code or a network rewritten.
Code here may import torch and onnx, where it is asked to, and nothing else may.
"""
