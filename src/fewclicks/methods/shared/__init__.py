"""What several methods use: ONNX sessions, windows of an image, encoders, colour models."""
