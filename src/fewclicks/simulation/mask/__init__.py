"""Simulated annotators who segment single objects: rounds of corrective clicks, and the NoC protocol."""
