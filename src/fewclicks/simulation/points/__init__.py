"""Simulated people who put one point on each object, and measures of points (coarse point refinement, Sec. 4.1)."""
