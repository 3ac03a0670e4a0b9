"""Simulated annotators who partition whole images with extreme points and scribbles."""
