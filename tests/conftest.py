"""Before any test imports fewclicks: its annotations, shapes included, are checked at every call."""

from jaxtyping import install_import_hook

install_import_hook("fewclicks", "runtime_types.checked")
