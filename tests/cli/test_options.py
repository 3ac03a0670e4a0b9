"""Options made from the fields of a settings model."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from fewclicks.cli.options import make_command, options_of, settings_from
from fewclicks.errors import InputError


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    noise: float = Field(default=0.0, ge=0, le=5, description="Standard deviation of a click.")
    data: tuple[str, ...] = Field(min_length=1, description="Data sets.")
    start: Literal["box", "nothing"] = Field(default="box", validation_alias=AliasChoices("from", "start"))
    share: float = Field(default=1.0, gt=0, description="A share.")
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="A seed.")
    noc: bool = Field(default=True, description="Count clicks.")
    certain: bool = Field(default=False, description="Clicked boxes are certain.")
    reach: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(default=(0.5, 0.6), description="Accuracies.")
    backbone: Path | None = Field(default=None, description="A file.")
    edges: Literal["plain", "guided"] | None = Field(
        default=None, description="Edges.", json_schema_extra={"group": "Research", "flags": ["--borders"]}
    )

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        if self.noc and self.certain:
            raise ValueError("give either --noc or --certain")
        return self


def parsed(*words: str, all_optional: bool = False) -> Any:
    found: list[Settings] = []
    command = make_command(
        "measure",
        "Measure.",
        options_of(Settings, all_optional),
        lambda context, values: found.append(settings_from(Settings, values, context)),
    )
    command.main(list(words), prog_name="fewclicks measure", standalone_mode=False)
    return found[0] if found else None


def refusal(*words: str, all_optional: bool = False) -> str:
    """The message with which a command line is refused."""
    with pytest.raises((InputError, typer.TyperException)) as caught:
        parsed(*words, all_optional=all_optional)
    error = caught.value
    if isinstance(error, InputError):
        return str(error)
    assert getattr(error, "ctx", None) is not None, "the hint needs the name of the command"
    return error.format_message()


def test_defaults() -> None:
    assert parsed("--data", "a") == Settings(data=("a",))


def test_every_kind_of_option() -> None:
    words = "--data a --data b --from nothing --noise 2 --share 0.5 --seed 7 --no-noc --certain --reach 0.3"
    assert parsed(*words.split(), "--backbone", "a b", "--edges", "plain") == Settings.model_validate(
        {
            "data": ("a", "b"), "from": "nothing", "noise": 2, "share": 0.5, "seed": 7, "noc": False, "certain": True,
            "reach": (0.3,), "backbone": Path("a b"), "edges": "plain",
        }
    )  # fmt: skip


def test_another_name_of_an_option() -> None:
    assert parsed("--data", "a", "--borders", "guided").edges == "guided"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "Missing option '--data'"),
        ("--data a --noise 6", "'--noise': Input should be less than or equal to 5"),
        ("--data a --noise inf", "'--noise': expected a finite number, got inf"),
        ("--data a --noise much", "'--noise'"),
        ("--data a --share 0", "'--share': Input should be greater than 0"),
        ("--data a --seed -1", "'--seed': Input should be greater than or equal to 0"),
        ("--data a --reach 3", "'--reach': Input should be less than or equal to 1"),
        ("--data a --from here", "'--from'"),
        ("--data a --edges round", "'--edges'"),
        ("--data a --start box", "--start"),
        ("--data a --noc --certain", "give either --noc or --certain"),
    ],
)
def test_a_wrong_value_is_named(words: str, problem: str) -> None:
    assert problem in refusal(*words.split())


def test_what_may_be_left_out_is_missed_later() -> None:
    assert refusal("--seed", "1", all_optional=True) == "missing options; add --data"


def test_help_has_limits_choices_and_sections(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed("--help") is None
    shown = " ".join(capsys.readouterr().out.split())
    assert "--data TEXT Data sets. [required] --noise X Standard deviation of a click (0 to 5). [default: 0.0]" in shown
    assert "A share (above 0)." in shown
    assert "A seed (at least 0)." in shown
    assert "Accuracies (0 to 1). [default: 0.5, 0.6]" in shown
    assert "--certain Clicked" in shown
    assert (
        shown.index("Options:") < shown.index("--noc / --no-noc") < shown.index("Research:") < shown.index("--borders")
    )
    assert "<plain|guided> Edges." in shown
