"""Baselines without learning, to be measured beside the methods: GrabCut, template matching, passthrough."""

from fewclicks.methods.spec import MethodSpec, Role
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints

GRABCUT = Role(
    name="grabcut",
    task="mask",
    prompts=(Click, BoxPrompt, ExtremePoints),
    open="fewclicks.methods.baselines.grabcut:open_model",
    baseline=True,
)
METHOD = MethodSpec(
    name="baselines",
    title="Baselines",
    summary="Methods without learning, measured beside the models.",
    roles=(GRABCUT,),
)
