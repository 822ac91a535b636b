"""Errors of the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One error: a stable code, the rule that is broken, its place, and the nearest valid names."""

    code: str
    message: str
    place: str = ""
    suggestions: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        if not self.suggestions:
            return text
        names = list(self.suggestions)
        last = names.pop()
        return f"{text}; did you mean {', '.join(names) + ' or ' if names else ''}{last}?"


class WeftError(Exception):
    """Something that the engine refuses, or that keeps it from running.

    >>> import weft
    >>> try:
    ...     weft.Patch().add("reverbb")
    ... except weft.WeftError as error:
    ...     print(error.code, error.suggestions)
    no-such-type ('reverb',)
    """

    def __init__(self, problems: Problem | list[Problem]):
        #: Every error, in the order of the patch.
        self.problems: list[Problem] = problems if isinstance(problems, list) else [problems]
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[WeftError], tuple[list[Problem]]]:
        return (WeftError, (self.problems,))

    @property
    def code(self) -> str:
        """The stable word of the first error, such as ``"no-such-node"``."""
        return self.problems[0].code

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The nearest valid names for the first error, best first."""
        return self.problems[0].suggestions


def fail(code: str, message: str, place: str = "", suggestions: tuple[str, ...] = ()) -> WeftError:
    """Makes an error of one problem."""
    return WeftError(Problem(code, message, place, suggestions))
