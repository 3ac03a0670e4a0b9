"""The commands, one file each; they import other modules only when they run, so that help is fast."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from fewclicks import __version__
from fewclicks.cli import (
    backup,
    check,
    counts,
    demo,
    export,
    import_,
    ledger,
    models,
    new,
    serve,
    simulate,
    synthetic,
    train,
    undo_import,
)
from fewclicks.cli.format_option import FormatCommand
from fewclicks.cli.former import in_present_words
from fewclicks.errors import FewclicksError, printable

DEBUG = "FEWCLICKS_DEBUG"
FAILED, UNEXPECTED, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="fewclicks",
    help="Annotate images with models that turn clicks into masks and boxes.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help is faster, and "fewclicks[train]" is not markup
)
app.command("demo")(demo.demo)
app.command("new")(new.new)
app.command("serve")(serve.serve)
app.command("import", cls=FormatCommand)(import_.import_)
app.command("undo-import")(undo_import.undo_import)
app.command("export", cls=FormatCommand)(export.export)
app.command("counts")(counts.counts)
app.command("ledger")(ledger.ledger)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("check")(check.check)
app.add_typer(train.app, name="train")
app.add_typer(simulate.app, name="simulate")
app.command("synthetic")(synthetic.synthetic)
app.add_typer(models.app, name="models")


def _print_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"fewclicks {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the program `fewclicks`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status; an error is one line on stderr.

    0: done; 1: an error that the user can fix; 2: wrong usage or a defect of fewclicks; 130: interrupted.
    """
    try:
        status = app(in_present_words(arguments) or ["--help"], prog_name="fewclicks", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except FewclicksError as error:
        return _print_error(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The output was closed; without this, Python reports that again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename is None or os.environ.get(DEBUG):
            return _print_unexpected(error)
        return _print_error(f"{error.filename}: {error.strerror}", FAILED)
    except Exception as error:
        return _print_unexpected(error)


def _print_unexpected(error: Exception) -> int:
    if hasattr(error, "format_message"):  # wrong usage; typer includes click without a public name
        return _print_usage(error, error.format_message())
    if os.environ.get(DEBUG):
        raise error
    kind = type(error).__name__
    return _print_error(f"internal error: {kind}: {error}; set {DEBUG}=1 for a traceback", UNEXPECTED)


def _print_usage(error: Exception, message: str) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
        typer.echo(message, err=True)
        return UNEXPECTED
    message = message.replace("Value error, ", "")  # the prefix by pydantic
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "fewclicks"
    return _print_error(f"{message[:1].lower()}{message[1:].rstrip('.')}; see: {where} --help", UNEXPECTED)


def _print_error(message: str, status: int) -> int:
    print(f"fewclicks: {printable(' '.join(message.split()))}", file=sys.stderr)
    return status
