"""Synthetic images of small objects, with their outlines and classes."""
