"""The settings of the server: one table with default and help. Each can be set as FEWCLICKS_NAME in the environment."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fewclicks.application.workspace import Limits
from fewclicks.errors import InputError

LOCAL_HOSTS = ("127.0.0.1", "localhost")


class Settings(BaseSettings):
    """How a project is served."""

    model_config = SettingsConfigDict(env_prefix="FEWCLICKS_", extra="forbid")

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; only this machine, until there are accounts."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    open_browser: bool = Field(default=True, description="Open the page in the browser at the start.")
    cache_mb: int = Field(default=256, ge=1, description="Memory for encoded images, in MB; the least used go first.")
    levels_mb: int = Field(
        default=20_000, ge=1, description="Disk for levels of large images, in MB; the least used go first."
    )
    encode_ahead: bool = Field(default=True, description="Encode the next image while a person looks at this one.")

    @property
    def limits(self) -> Limits:
        return Limits(self.cache_mb, self.levels_mb, self.encode_ahead)

    @classmethod
    def read(cls, **given: int | bool | str | None) -> "Settings":
        """What is given, else what the environment says, else the defaults. Raises InputError for a wrong value."""
        try:
            return cls.model_validate({name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = f"FEWCLICKS_{first['loc'][0]}".upper()
            raise InputError(f"{first['msg']}, not {first['input']!r}", name) from error

    def check_host(self) -> None:
        """Raise InputError for an address that other machines could reach."""
        if self.host not in LOCAL_HOSTS:
            raise InputError(
                f"fewclicks listens on 127.0.0.1 only, not on {self.host}: there is no authentication yet; "
                "use an SSH tunnel to reach it from another machine"
            )
