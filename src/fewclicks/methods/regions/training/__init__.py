"""Training of `regions`: network, losses, data, recipe, export to ONNX."""
