"""Networks in other notations: patterns, PyTorch code, ONNX.

In: a network and its walk. Out: text, or an error that names the layer that cannot be written.
Only `torch_onnx` may import torch.
"""
