"""What a detector trains on: canvases, simulated clicks in them, and held-out images."""
