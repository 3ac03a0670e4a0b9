"""`fewclicks models`: the list of models and versions, and the user's own versions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from fewclicks.methods.spec import Files, MethodSpec, Role

app = typer.Typer(invoke_without_command=True, help="List the installed models; add or remove versions of your own.")
Project = Annotated[Path | None, typer.Option(help="Include the model versions of this project.")]
InProject = Annotated[
    Path | None, typer.Option("--project", help="Folder of a project; without it, the version is for all projects.")
]


@app.callback()
def models(context: typer.Context, project: Project = None) -> None:
    """List the installed models; add or remove versions of your own."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from fewclicks.methods.registry import methods

    console = Console(highlight=False)
    for spec in methods().values():
        _print_method(console, spec, project)


@app.command()
def add(
    method: Annotated[str, typer.Argument(help="Name of the model.", show_default=False)],
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of the version, recognised by their endings or by their order.", show_default=False),
    ],
    project: InProject = None,
) -> None:
    """Add your own files as a version of a model. The files are copied and checked."""
    import shlex
    import sys

    from fewclicks.errors import NotFoundError
    from fewclicks.methods.adding import add_files
    from fewclicks.methods.registry import get_role
    from fewclicks.methods.versions import FOLDER, user_folder
    from fewclicks.store.project import DATABASE

    role = get_role(method)
    if project is not None and not (project / DATABASE).is_file():
        raise NotFoundError(f"{project}: no project here ({DATABASE} is missing); create one: fewclicks new")
    folder = user_folder() if project is None else project / FOLDER
    version = add_files(role, files, folder, "fewclicks " + shlex.join(sys.argv[1:]))
    typer.echo(f"added {version} in {folder}")
    where = f" --project {shlex.quote(str(project))}" if project is not None else ""
    typer.echo(f"describe it in {folder / version}.json: summary, licence, data")
    typer.echo(f"measure it: fewclicks simulate {role.task} --model {version}{where} --data DATA")
    typer.echo("use it: fewclicks serve PROJECT, then choose the version in the model menu")


@app.command()
def remove(
    version: Annotated[str, typer.Argument(help="Version to remove, such as NAME-2.", show_default=False)],
    project: InProject = None,
) -> None:
    """Remove one of your own versions. Its files are deleted."""
    from fewclicks.methods.adding import remove_version
    from fewclicks.methods.versions import FOLDER, user_folder

    folder = user_folder() if project is None else project / FOLDER
    remove_version(version, folder)
    typer.echo(f"removed {version} from {folder}")


# --- parts ------------------------------------------------------------------------------------


def _print_method(console: "Console", spec: "MethodSpec", project: Path | None) -> None:
    from rich.markup import escape

    console.print(f"[bold]{escape(spec.title)}[/bold] ({spec.name})", soft_wrap=True)
    console.print(f"  {spec.summary}", markup=False, soft_wrap=True)
    for role in spec.roles:
        kinds = ", ".join(prompt.kind.replace("_", " ") for prompt in role.prompts)
        console.print(f"  {role.name}: task {role.task}; prompts: {kinds}", markup=False, soft_wrap=True)
        for where, name, files in _versions(role, project):
            _print_version(console, role, where, name, files)


def _versions(role: "Role", project: Path | None) -> "list[tuple[str, str, Files]]":
    """Return the origin, the name and the files of each version of a model."""
    from fewclicks.methods.lookup import version_files
    from fewclicks.methods.registry import shipped_files
    from fewclicks.methods.versions import FOLDER, user_folder, versions

    shipped = shipped_files(role)
    found = [("shipped", role.name, shipped)] if shipped else []
    folders = {"user": user_folder()} | ({"project": project / FOLDER} if project is not None else {})
    for where, folder in folders.items():
        for version in versions(folder, role):
            files = version_files(role, version, [folder])
            found += [(where, version, files)] if files else []
    return found


def _print_version(console: "Console", role: "Role", where: str, name: str, files: "Files") -> None:
    from fewclicks.errors import InputError
    from fewclicks.methods.card import read_card

    main = files[role.files[0].suffix]
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    lines = [f"{name} ({where}), {size:.1f} MB, {main}"]
    try:
        card = read_card(main, role.files[0].suffix)
        lines += [f"  {card.summary}", f"  licence: {card.licence}", f"  trained on: {'; '.join(card.data)}"]
        lines += [f"  made by: {card.command}", *(f"  {key}: {value}" for key, value in card.figures.items())]
    except InputError as error:
        lines.append(f"  no card: {error}")
    for line in lines:
        console.print(f"    {line}", markup=False, soft_wrap=True)
