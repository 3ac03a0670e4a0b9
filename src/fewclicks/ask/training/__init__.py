"""What the simulation `queries` needs torch for: the detectors that it trains."""
