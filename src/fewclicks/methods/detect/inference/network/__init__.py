"""The ONNX network of `detect`: its design, how it runs, and how its numbers become boxes."""
