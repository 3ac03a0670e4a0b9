"""The checker that holds every annotation of fewclicks to its word while the tests run: types and array shapes."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int is welcome where a float is asked for
