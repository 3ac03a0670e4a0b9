"""Names of options up to version 0.1, which still work."""

from collections.abc import Sequence

Words = tuple[str, ...]
FORMER: dict[tuple[str, str], dict[Words, tuple[str | None, Words]]] = {  # new command, or None; new options
    ("simulate", "segment"): {
        ("--encoding",): (None, ("--expect-encoding",)),
    },
    ("simulate", "regions"): {
        ("--model",): (None, ("--expect",)),
    },
    ("simulate", "detect"): {
        ("--variant", "passthrough"): (None, ("--passthrough",)),
        ("--variant", "template-matching"): ("template-matching", ()),
        ("--variant",): (None, ("--expect-variant",)),
    },
}


def in_present_words(arguments: Sequence[str]) -> list[str]:
    """Replace former options of a command line by the present ones."""
    words = [part for word in arguments for part in (word.split("=", 1) if _is_former(arguments, word) else [word])]
    changes = FORMER.get((words[0], words[1]), {}) if len(words) > 1 else {}
    place = 2
    while place < len(words):
        for former, (command, present) in changes.items():
            if tuple(words[place : place + len(former)]) == former:
                words[place : place + len(former)] = present
                words[1] = command or words[1]
                place += len(present) - 1
                break
        place += 1
    return words


def _is_former(arguments: Sequence[str], word: str) -> bool:
    """Return whether a word is a former option with its value, as in --variant=late."""
    changes = FORMER.get((arguments[0], arguments[1]), {}) if len(arguments) > 1 else {}
    return "=" in word and any(former[0] == word.split("=", 1)[0] for former in changes)
