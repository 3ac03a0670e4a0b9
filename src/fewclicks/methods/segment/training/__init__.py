"""Training of `segment`: network, losses, data, recipe, export to ONNX."""
