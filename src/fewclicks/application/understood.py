"""Stored prompts as a model understands them, which may not be the model that they were made for."""

from collections.abc import Sequence

from fewclicks.methods.spec import Role
from fewclicks.prompts import BoxPrompt, ClassClick, Prompt


def understood(role: Role, prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    """Return the prompts; for a model that takes class clicks but no boxes, example boxes become clicks."""
    if BoxPrompt in role.prompts or ClassClick not in role.prompts:
        return tuple(prompts)
    return tuple(map(_click_on, prompts))


def _click_on(prompt: Prompt) -> Prompt:
    if not isinstance(prompt, BoxPrompt) or prompt.class_id is None:
        return prompt
    return ClassClick((prompt.x0 + prompt.x1) / 2, (prompt.y0 + prompt.y1) / 2, prompt.class_id)
