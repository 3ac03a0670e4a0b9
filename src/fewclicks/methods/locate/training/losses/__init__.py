"""The losses of `locate`: bags of points, Eq. 3-10, and the assignment of P2PNet."""
