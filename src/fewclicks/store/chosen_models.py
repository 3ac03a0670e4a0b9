"""The active version of each method's model in a project."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from fewclicks.store.tables import ChosenModelTable


class ChosenModels:
    """The active versions of one project, read and changed in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, method: str) -> str | None:
        """Return the version that a person or a finished training run chose; None: the shipped one."""
        query = select(ChosenModelTable.version).where(ChosenModelTable.method == method)
        return self._connection.execute(query).scalar()

    def put(self, method: str, version: str | None) -> None:
        """Make `version` the active one; None: the shipped one."""
        if version is None:
            self._connection.execute(delete(ChosenModelTable).where(ChosenModelTable.method == method))
            return
        statement = upsert(ChosenModelTable).values(method=method, version=version)
        changed = statement.on_conflict_do_update(index_elements=["method"], set_={"version": version})
        self._connection.execute(changed)
