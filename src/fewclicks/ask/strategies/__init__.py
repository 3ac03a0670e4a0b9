"""Strategies that decide what a person is asked next. Other packages can add some (`fewclicks.strategies`)."""
