"""Settings by name: checked, and as the fields of a form."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from fewclicks.errors import InputError
from fewclicks.methods.named_settings import SettingField, fields_of, settings_from
from fewclicks.methods.registry import named, roles


class Example(BaseModel):
    """Settings of every type that a form can and cannot show."""

    start: Path = Path("a.onnx")
    parts: tuple[str, ...] = ()
    flipped: bool = Field(default=True, description="Flip the images.")
    kind: Literal["one", "two"] = "one"
    rate: float = Field(default=0.5, gt=0, le=1)
    minutes: float | None = Field(default=None, gt=0)


def test_a_form_has_a_field_for_each_setting_with_one_value() -> None:
    assert fields_of(Example, {"minutes": 10.0}) == (
        SettingField("minutes", "number", "Minutes", "", 10.0, exclusive_minimum=0),
        SettingField("flipped", "boolean", "Flipped", "Flip the images.", True),
        SettingField("kind", "string", "Kind", "", "one", enum=("one", "two")),
        SettingField("rate", "number", "Rate", "", 0.5, exclusive_minimum=0, maximum=1),
    )


def test_every_setting_of_a_training_run_on_a_project_has_a_field() -> None:
    trained = [role for role in roles().values() if role.project_settings is not None]
    assert trained
    for role in trained:
        kind = named(role.project_settings or "")
        assert {field.name for field in fields_of(kind, {})} == kind.model_fields.keys()
        assert all(field.description for field in fields_of(kind, {})), "a person reads it"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"rates": 1}, "this has no setting 'rates'; use start, parts, flipped, kind, rate, minutes"),
        ({"rate": 2}, "rate: Input should be less than or equal to 1"),
        ({"kind": "three"}, "kind: Input should be 'one' or 'two'"),
    ],
)
def test_what_is_no_setting_is_refused_in_one_line(given: dict[str, object], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        settings_from(Example, given, "this", "setting")
    assert str(caught.value) == problem
