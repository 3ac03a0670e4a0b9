"""The networks of `locate`: one pyramid level, CPRNet and P2PNet."""
