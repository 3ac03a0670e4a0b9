"""Which version of a model answers for a method in this project."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from fewclicks.store.tables import ChosenModelTable


class ChosenModels:
    """The choices of one project, seen and changed through one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, method: str) -> str | None:
        """The version that a person or a finished training chose; None: the shipped one."""
        query = select(ChosenModelTable.version).where(ChosenModelTable.method == method)
        return self._connection.execute(query).scalar()

    def put(self, method: str, version: str | None) -> None:
        if version is None:
            self._connection.execute(delete(ChosenModelTable).where(ChosenModelTable.method == method))
            return
        statement = upsert(ChosenModelTable).values(method=method, version=version)
        changed = statement.on_conflict_do_update(index_elements=["method"], set_={"version": version})
        self._connection.execute(changed)
