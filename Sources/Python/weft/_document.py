"""What patches and tracks have in common: text in JSON, and the file that it was read from."""

from __future__ import annotations

import copy
import os
from abc import ABC, abstractmethod
from typing import Any, TypeVar

from ._commands import compact, read_text
from ._errors import fail

Self = TypeVar("Self", bound="Document")


class Document(ABC):
    """A patch or a track: `data` is its file as a dictionary, `path` the file that it was read from."""

    #: The word for it in errors.
    kind = "document"
    data: Any
    path: str | None = None

    @classmethod
    def load(cls: type[Self], path: str | os.PathLike[str]) -> Self:
        """Reads a file; raises `WeftError` with all of its errors."""
        return cls._read(read_text(os.fspath(path)), os.path.abspath(os.fspath(path)))

    @classmethod
    def from_json(cls: type[Self], text: str) -> Self:
        """Reads the text of a file; raises `WeftError` with all of its errors."""
        return cls._read(text, None)

    @classmethod
    @abstractmethod
    def _read(cls: type[Self], text: str, path: str | None) -> Self:
        """Reads text; relative paths in it are relative to the file at `path`."""

    def to_json(self) -> str:
        """The text of the file."""
        try:
            return compact(self._written())
        except (TypeError, ValueError) as error:
            raise fail("syntax", f"the {self.kind} cannot be written as JSON: {error}") from error

    def _written(self) -> Any:
        """The data to write."""
        return self.data

    def copy(self: Self) -> Self:
        """An independent copy."""
        return copy.deepcopy(self)
