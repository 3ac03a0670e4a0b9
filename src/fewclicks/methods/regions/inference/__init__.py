"""Inference with `regions`: numpy and ONNX Runtime, no torch."""
