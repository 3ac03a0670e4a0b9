"""Answers of `locate`, with numpy and onnxruntime only."""
