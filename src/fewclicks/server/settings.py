"""The settings of the server; the environment variable FEWCLICKS_NAME sets the value NAME."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fewclicks.application.workspace import Limits
from fewclicks.errors import InputError

LOCAL_HOSTS = ("127.0.0.1", "localhost")


class Settings(BaseSettings):
    """Settings of the server."""

    model_config = SettingsConfigDict(env_prefix="FEWCLICKS_", extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on: 127.0.0.1 or localhost only, because fewclicks has no user accounts.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 chooses a free port.")
    open_browser: bool = Field(default=True, description="Open the page in the browser.")
    cache_mb: int = Field(default=256, ge=1, description="Memory for encoded images in MB; the oldest are dropped.")
    levels_mb: int = Field(
        default=20_000,
        ge=1,
        description="Disk space in MB for the levels of large images; the oldest levels are deleted.",
    )
    encode_ahead: bool = Field(default=True, description="Encode the next image in the background.")

    @property
    def limits(self) -> Limits:
        """The limits of memory and disk."""
        return Limits(self.cache_mb, self.levels_mb, self.encode_ahead)

    @classmethod
    def read(cls, **given: int | bool | str | None) -> "Settings":
        """Read the settings from `given`, the environment or the defaults. Raises InputError for a wrong value."""
        try:
            return cls.model_validate({name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = f"FEWCLICKS_{first['loc'][0]}".upper()
            problem = first["msg"][:1].lower() + first["msg"][1:]
            raise InputError(f"{problem}, got {first['input']!r}", name) from error

    def check_host(self) -> None:
        """Raise InputError for an address that other machines could reach."""
        if self.host not in LOCAL_HOSTS:
            raise InputError(
                f"expected 127.0.0.1 or localhost, got {self.host!r}; fewclicks has no authentication, so use an SSH "
                "tunnel to reach it from other machines",
                "FEWCLICKS_HOST",
            )
