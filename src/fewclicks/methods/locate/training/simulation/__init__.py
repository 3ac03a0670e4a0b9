"""`fewclicks simulate locate`: coarse points, their refinement, and a localiser trained on them (Sec. 4)."""
