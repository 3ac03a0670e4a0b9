"""The networks of c3det in torch."""
