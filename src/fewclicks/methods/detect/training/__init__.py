"""Training of `detect`: network, losses, data, recipe, export to ONNX."""
