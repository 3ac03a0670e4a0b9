"""Training of the shipped refiner: features in which the points of any class tell its objects (closed_form.py)."""
