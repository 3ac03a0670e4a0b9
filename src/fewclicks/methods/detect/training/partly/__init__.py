"""Detectors of images that are labelled in part, on a frozen trunk whose maps are computed once."""
