"""Find all blobs of a clicked colour: a small method of fewclicks, without trained weights."""

from fewclicks.methods.spec import MethodSpec, Role
from fewclicks.prompts import ClassClick

METHOD = MethodSpec(
    name="blobs",
    title="Blobs",
    summary="Find all blobs of the colour that you click.",
    roles=(
        Role(
            name="blobs",
            task="boxes",
            prompts=(ClassClick,),
            accepts_examples=True,
            open="fewclicks_blobs.model:open_blobs",
        ),
    ),
)
