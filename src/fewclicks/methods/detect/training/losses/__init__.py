"""What a detector is trained by."""
