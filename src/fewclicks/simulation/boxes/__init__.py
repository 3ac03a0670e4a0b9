"""Simulated annotators who click objects with their classes, to have all objects of an image found."""
