"""The workbook of a release, found inside the data or beside it by what it contains."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from radiomics_mammo.config.release import ReleaseConfig
from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.errors import ImageError, WorkbookError
from radiomics_mammo.release.cells import looks_like_workbook, read_sheets
from radiomics_mammo.release.columns import class_sheets
from radiomics_mammo.release.files import FileListing, content_hash, first_bytes, printable, read_bytes
from radiomics_mammo.release.layout import is_litter

_USUAL_NAME = "description"
_MAGIC_BYTES = 8
_MAX_NAMED = 4
_REMEDY = "name the workbook with --description FILE"


def find_workbook(
    listing: FileListing, unclaimed: Iterable[FileRef], *, given: Path | None = None, config: ReleaseConfig
) -> FileRef | None:
    """The workbook: the one given, else one inside the data, else one beside them.

    Parameters
    ----------
    listing : FileListing
    unclaimed : iterable of FileRef
        Files inside the data that are no image.
    given : Path, optional
    config : ReleaseConfig

    Returns
    -------
    FileRef or None
        None where there is no workbook at all.

    Raises
    ------
    WorkbookError
        If the given file does not exist, or several different workbooks could be meant.
    """
    if given is not None:
        if not given.is_file():
            raise WorkbookError(str(given), "a workbook", "no such file", "check --description")
        return FileRef(given.resolve().parent, given.resolve().name)
    inside = _preferred([ref for ref in unclaimed if _may_be_workbook(ref)])
    return _single(inside or _preferred(_beside(listing.root)), config)


def read_workbook_bytes(ref: FileRef, *, config: ReleaseConfig) -> bytes:
    """Content of the workbook.

    Raises
    ------
    WorkbookError
        If the file cannot be read or is larger than allowed.
    """
    try:
        return read_bytes(ref, config=config)
    except ImageError as error:
        raise WorkbookError(printable(ref.name), error.expected, error.found, _REMEDY) from error


def _may_be_workbook(ref: FileRef) -> bool:
    name = ref.name.rpartition("/")[2].casefold()
    ending = name.rpartition(".")[2] if "." in name else ""
    plausible = ending.startswith("xl") or name.startswith(_USUAL_NAME)
    return plausible and not is_litter(ref.name) and looks_like_workbook(first_bytes(ref, _MAGIC_BYTES))


def _beside(root: Path) -> list[FileRef]:
    try:
        names = sorted(entry.name for entry in root.parent.iterdir() if entry.is_file() and entry != root)
    except OSError:
        return []
    return [ref for ref in (FileRef(root.parent, name) for name in names) if _may_be_workbook(ref)]


def _preferred(refs: list[FileRef]) -> list[FileRef]:
    """Those called Description where any is, else all."""
    usual = [ref for ref in refs if ref.name.rpartition("/")[2].casefold().startswith(_USUAL_NAME)]
    return usual or refs


def _single(refs: list[FileRef], config: ReleaseConfig) -> FileRef | None:
    """The only candidate; of several, the only content that holds class sheets."""
    if len(refs) < 2:
        return refs[0] if refs else None
    fitting = {content_hash(ref): ref for ref in reversed(refs) if _holds_classes(ref, config)}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    names = ", ".join(printable(ref.name) for ref in refs[:_MAX_NAMED])
    raise WorkbookError(printable(refs[0].root.name), "one workbook", f"{len(refs)}: {names}", _REMEDY)


def _holds_classes(ref: FileRef, config: ReleaseConfig) -> bool:
    try:
        sheets = read_sheets(read_workbook_bytes(ref, config=config), name=ref.name, config=config)
    except WorkbookError:
        return False
    return bool(class_sheets(sheet.name for sheet in sheets))
