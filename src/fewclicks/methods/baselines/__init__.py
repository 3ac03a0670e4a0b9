"""Baselines without learning, which are measured beside the methods: GrabCut, template matching, passthrough."""

from fewclicks.methods.spec import MethodSpec, Role
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints

GRABCUT = Role(
    name="grabcut",
    task="mask",
    prompts=(Click, BoxPrompt, ExtremePoints),
    open="fewclicks.methods.baselines.grabcut:open_model",
    baseline=True,
)
TEMPLATE_MATCHING = Role(
    name="template-matching",
    task="boxes",
    prompts=(BoxPrompt,),
    open="fewclicks.methods.baselines.template_matching:open_template_matching",
    baseline=True,
)

METHOD = MethodSpec(
    name="baselines",
    title="Baselines",
    summary="Untrained methods to compare the models with.",
    roles=(GRABCUT, TEMPLATE_MATCHING),
)
