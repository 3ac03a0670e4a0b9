"""Training crops of images with points."""
