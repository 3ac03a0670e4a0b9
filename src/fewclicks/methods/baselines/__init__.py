"""Baselines without learning, to be measured beside the methods: GrabCut, template matching, passthrough."""
