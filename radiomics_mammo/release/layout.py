"""Names of files and folders become classes, patients and images, whatever the case, spaces and parents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher

from radiomics_mammo.core.cases import FileRef
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey, patient_id_of
from radiomics_mammo.core.lettering import as_latin
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit
from radiomics_mammo.release.files import FileListing, printable

_CLASS_FOLDER = re.compile(r"(normal|benign|malignant)s?(cases?)?")
_CLASS_WORDS = tuple(str(case_class) for case_class in CaseClass)
_STEMS = {
    **dict.fromkeys(("malig", "cancer", "carcin"), CaseClass.MALIGNANT),
    "benig": CaseClass.BENIGN,
}
"""Beginnings of words that mean a class in many spellings and languages."""
_LIKENESS = 0.8
"""Likeness (0..1) of a folder name and a class word that makes it a class folder misspelled."""
_IMAGE_FILE = re.compile(r"(cc|mlo)[ _-]*(prior|recent)([ _-]*gt)?\s*((?:\.[a-z0-9]+){0,2})")
_DICOM_ENDINGS = ("", ".dcm", ".dicom")
_OVERLAY_ENDINGS = ("", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp", ".png")
_LITTER = {"__macosx", "thumbs.db", "desktop.ini"}
_NAMED_EXAMPLES = 3

FileKey = tuple[ImageKey, bool]
"""An image, and whether its outlined copy is meant."""


@dataclass(frozen=True)
class CaseFolder:
    """One patient folder: where it lies, whose it is."""

    path: str
    name: str
    patient_id: str
    case_class: CaseClass | None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Who was found where."""

    cases: tuple[CaseFolder, ...]
    """One per patient, by class, then number, then name."""
    files: dict[FileKey, FileRef]
    """The one file of every image and outlined copy."""
    contested: frozenset[FileKey]
    """Keys that several files claim; none of them is used."""
    unclaimed: tuple[FileRef, ...]
    """Files that are no image of a patient: the workbook is among them."""
    findings: tuple[Finding, ...]


def class_of(folder: str) -> CaseClass | None:
    """Class that a folder name stands for.

    Examples
    --------
    >>> class_of("malignant CASES "), class_of("Normal_cases"), class_of("other")
    (<CaseClass.MALIGNANT: 'malignant'>, <CaseClass.NORMAL: 'normal'>, None)
    """
    match = _CLASS_FOLDER.fullmatch(glued(folder))
    return CaseClass(match[1]) if match else None


def glued(folder: str) -> str:
    """A name in small letters without spaces, dots and lines.

    Examples
    --------
    >>> glued("Normal_cases ")
    'normalcases'
    """
    return re.sub(r"[\s_\-.]+", "", as_latin(folder)).casefold()


def looks_like_class(folder: str) -> CaseClass | None:
    """Class that a folder name seems to mean although it is not spelled as one: a copy, a number behind, a slip.

    Examples
    --------
    >>> looks_like_class("Malignant_cases (1)"), looks_like_class("Bening cases")
    (<CaseClass.MALIGNANT: 'malignant'>, <CaseClass.BENIGN: 'benign'>)
    >>> looks_like_class("Malignant_cases"), looks_like_class("reports"), looks_like_class("abnormal")
    (None, None, None)
    """
    if class_of(folder):
        return None
    words = re.findall(r"[a-z]+", re.sub(r"[_\-.]+", " ", as_latin(folder)).casefold())
    words = [
        re.sub(r"(?<=.)cases?$", "", word) for word in words if not re.fullmatch(r"abnormal\w*|nonmalignant", word)
    ]
    for stem, meant in _STEMS.items():
        if any(word.startswith(stem) for word in words):
            return meant
    ratios = {(SequenceMatcher(None, word, name).ratio(), name) for word in words for name in _CLASS_WORDS}
    best, name = max(ratios, default=(0.0, ""))
    return CaseClass(name) if best >= _LIKENESS else None


def image_of(name: str) -> tuple[View, Visit, bool] | None:
    """View, visit and whether it is the outlined copy, from a file name; None for any other file.

    Examples
    --------
    >>> image_of("mlo_Recent_gt.JPEG")
    (<View.MLO: 'MLO'>, <Visit.RECENT: 'recent'>, True)
    >>> image_of("CC_prior.jpg") is None, image_of("CC_prior.dcm.dcm") == image_of("CC_prior")
    (True, True)
    """
    match = _IMAGE_FILE.fullmatch(as_latin(name).strip().casefold())
    if match is None:
        return None
    outlined, endings = match[3] is not None, match[4].split(".")[1:]
    if any(f".{ending}" not in (_OVERLAY_ENDINGS if outlined else _DICOM_ENDINGS) for ending in endings):
        return None
    return View(match[1].upper()), Visit(match[2]), outlined


def is_litter(name: str) -> bool:
    """Whether an operating system left this file or folder behind (``__MACOSX``, ``._x``, ``Thumbs.db``).

    Examples
    --------
    >>> is_litter("__MACOSX/Dataset/1/._CC_prior.dcm"), is_litter("Dataset/1/CC_prior.dcm")
    (True, False)
    """
    return any(part.startswith((".", "~$")) or part.casefold() in _LITTER for part in name.split("/"))


def class_layout(listing: FileListing) -> Layout:
    """Patients of ``<class>/<folder>/<file>``, the class folders at any depth; a numbered folder may be empty."""
    holding, folders = _holding(listing), patient_folders(listing)
    cases: dict[str, CaseFolder] = {}
    for path in sorted(folders):
        parts = path.split("/")
        case_class = class_of(parts[-2]) if len(parts) > 1 and not is_litter(path) else None
        if case_class is not None:
            name = printable(parts[-1]).strip()
            cases[path] = CaseFolder(path, name, patient_id_of(case_class, name), case_class)
    lost = _unread_classes(folders, holding, cases)
    nested = sorted({path.rsplit("/", 2)[0] for path in cases if path.count("/") > 1})
    said = [*lost, *(Finding.of(AuditCode.NESTED_PARENT, file=printable(path)) for path in nested)]
    return laid_out(listing, cases, said)


def patient_folders(listing: FileListing) -> Set[str]:
    """Folders that hold a mammogram, and numbered ones even where they are empty."""
    return _holding(listing) | {name for name in listing.folders if name.rpartition("/")[2].strip().isdecimal()}


def _holding(listing: FileListing) -> Set[str]:
    return {ref.name.rpartition("/")[0] for ref in listing.files if image_of(ref.name.rpartition("/")[2])}


def _unread_classes(folders: Set[str], holding: Set[str], cases: Container[str]) -> Iterator[Finding]:
    """Folders with patients that are called much like a class, and like none."""
    lost: dict[str, list[str]] = {}
    for path in sorted(folders):
        parent = path.rpartition("/")[0]
        if path not in cases and parent and not is_litter(path) and looks_like_class(parent.rpartition("/")[2]):
            lost.setdefault(parent, []).append(path)
    for parent, paths in lost.items():
        if not holding.isdisjoint(paths):
            name = parent.rpartition("/")[2]
            message = f"{printable(name)!r} looks like the folder of {looks_like_class(name)} cases and is none"
            said = f"{message}; {len(paths)} patient folders in it are not read"
            yield Finding.of(AuditCode.CLASS_FOLDER_UNREAD, said, file=printable(parent))


def case_layout(listing: FileListing) -> Layout:
    """Patients of ``Cases/<id>/<file>`` or ``<id>/<file>``, no class known."""
    cases: dict[str, CaseFolder] = {}
    for ref in listing.files:
        folder, _, name = ref.name.rpartition("/")
        if image_of(name) is not None and not is_litter(ref.name):
            label = printable(folder.rpartition("/")[2] or listing.root.stem).strip()
            cases[folder] = CaseFolder(folder, label, f"case-{label}", None)
    return laid_out(listing, cases, [])


def laid_out(listing: FileListing, cases: dict[str, CaseFolder], findings: list[Finding]) -> Layout:
    """The files of some patient folders; what belongs to none is unclaimed."""
    claims: dict[FileKey, list[FileRef]] = {}
    unclaimed: list[FileRef] = []
    for ref in listing.files:
        folder, _, name = ref.name.rpartition("/")
        image = image_of(name)
        if folder in cases and image is not None and not is_litter(ref.name):
            view, visit, outlined = image
            claims.setdefault((ImageKey(cases[folder].patient_id, view, visit), outlined), []).append(ref)
        else:
            unclaimed.append(ref)
    once = {case.patient_id: case for case in sorted(cases.values(), key=_order, reverse=True)}
    ordered = tuple(sorted(once.values(), key=_order))
    files = {key: refs[0] for key, refs in claims.items() if len(refs) == 1}
    return Layout(
        cases=ordered,
        files=files,
        contested=frozenset(claims.keys() - files.keys()),
        unclaimed=tuple(unclaimed),
        findings=(*findings, *_name_findings(ordered, claims)),
    )


def _order(case: CaseFolder) -> tuple[int, int, str, str]:
    rank = list(CaseClass).index(case.case_class) if case.case_class else len(CaseClass)
    return rank, int(case.name) if case.name.isdecimal() else 1 << 62, case.name, case.path


def _name_findings(cases: Iterable[CaseFolder], claims: dict[FileKey, list[FileRef]]) -> Iterator[Finding]:
    """Folders without number, images that several files claim, and counts of unusual endings."""
    for case in cases:
        if case.case_class is not None and not case.name.isdecimal():
            yield Finding.of(AuditCode.FOLDER_NAME, patient_id=case.patient_id, file=printable(case.path))
    for (key, _), refs in sorted(claims.items()):
        for ref in refs if len(refs) > 1 else ():
            yield Finding.of(AuditCode.DUPLICATE_FILE, image_id=str(key), file=printable(ref.name))
    names = [ref.name.rpartition("/")[2] for (_, outlined), refs in claims.items() for ref in refs if not outlined]
    endings = Counter(name[name.rindex(".") :] if "." in name else "none" for name in names)
    for ending, count in sorted(endings.items()):
        if ending != ".dcm":
            yield Finding.of(AuditCode.FILE_EXTENSION, f"{count} DICOM files with extension {ending}")


def stray_findings(strays: Iterable[FileRef]) -> tuple[Finding, ...]:
    """One finding that counts the files of no patient and names the first few; none where there are none."""
    names = sorted(printable(ref.name) for ref in strays)
    if not names:
        return ()
    litter = sum(is_litter(name) for name in names)
    shown = ", ".join(names[:_NAMED_EXAMPLES]) + (", ..." if len(names) > _NAMED_EXAMPLES else "")
    counts = f"{len(names)} files of no patient ignored, {litter} of them left by an operating system: {shown}"
    return (Finding.of(AuditCode.STRAY_FILES, counts),)
