"""One root error; every child says what was expected, what was found and what to do."""

from __future__ import annotations

from functools import partial


class RadiomicsMammoError(Exception):
    """Root of every error this package raises on purpose.

    Parameters
    ----------
    subject : str
        What the error is about: a file, an id, a setting.
    expected : str
        What would have been right.
    found : str
        What was there instead.
    remedy : str
        What the reader can do.

    Notes
    -----
    All four facts are passed to ``Exception`` so that the error survives pickling between processes. The message is one
    line, whatever line breaks a quoted cell or file name holds.

    Examples
    --------
    >>> print(ConfigError("seed", "a whole number >= 0", "-1", "choose another seed"))
    seed: expected a whole number >= 0, found -1. Remedy: choose another seed.
    """

    def __init__(self, subject: str, expected: str, found: str, remedy: str) -> None:
        super().__init__(subject, expected, found, remedy)
        self.subject = subject
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        told = f"{self.subject}: expected {self.expected}, found {self.found}. Remedy: {self.remedy}."
        return " ".join(told.splitlines())


class ConfigError(RadiomicsMammoError):
    """A setting is unknown or out of bounds (exit status 2)."""


class UsageError(RadiomicsMammoError):
    """A command was given arguments that cannot be meant (exit status 2)."""


class InvariantError(RadiomicsMammoError):
    """A value was built from parts that do not fit; a defect of the calling code."""


class ReleaseError(RadiomicsMammoError):
    """The release as a whole cannot be used."""


class WorkbookError(ReleaseError):
    """The workbook cannot be used."""


class CaseError(RadiomicsMammoError):
    """One image or exam pair cannot be used; the others can.

    Parameters
    ----------
    subject, expected, found, remedy : str
        As `RadiomicsMammoError`.
    code : str
        Name of the `AuditCode` that the failure becomes in ``audit.csv``; empty for the stage's own code.
    """

    def __init__(self, subject: str, expected: str, found: str, remedy: str, *, code: str = "") -> None:
        super().__init__(subject, expected, found, remedy)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), code=self.code), (self.subject, self.expected, self.found, self.remedy)


class ImageError(CaseError):
    """One DICOM or JPEG file cannot be read."""


class OutlineError(CaseError):
    """The outlines of one image cannot be used."""


class RegistrationError(CaseError):
    """One pair of exams cannot be aligned."""


class ExtractionError(CaseError):
    """The features of one region cannot be computed."""


class TableError(RadiomicsMammoError):
    """A table given back to the package is missing, damaged or inconsistent."""


class ModelingError(RadiomicsMammoError):
    """The data do not allow the analysis asked for."""


class ModelFileError(ModelingError):
    """A saved model cannot be loaded or does not fit the data."""


class ExportError(RadiomicsMammoError):
    """Something cannot be exported."""


class StoreError(RadiomicsMammoError):
    """The output folder cannot be used."""


class DownloadError(RadiomicsMammoError):
    """The public release could not be downloaded or verified."""


class MissingExtraError(RadiomicsMammoError):
    """An optional dependency is not installed."""
