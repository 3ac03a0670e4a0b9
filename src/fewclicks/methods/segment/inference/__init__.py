"""`segment` at run time: numpy and ONNX Runtime, no torch."""
