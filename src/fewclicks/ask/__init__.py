"""Active learning that asks about single boxes: which of a model's boxes a person should judge next, and the costs.

It works with any model of the task boxes (box-active-learning).
"""
