"""Who is in the release and which files belong to whom; an index, nothing decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Annotated

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality, LesionLabel, View, Visit

_NAMED = 4


@dataclass(frozen=True, order=True)
class FileRef:
    """One file of a release: relative name in a folder, or member of an archive.

    Parameters
    ----------
    root : Path
        The release folder, or the archive itself.
    name : str
        Path inside it, with ``/`` separators; what findings print.
    archived : bool
        Whether `root` is an archive.
    """

    root: Path
    name: str
    archived: bool = False


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One woman, one breast; one row of ``patients.csv``. What the workbook did not give is None or empty."""

    patient_id: Annotated[str, "class-qualified patient id"]
    case_class: Annotated[CaseClass | None, "class folder: normal, benign or malignant"]
    folder: Annotated[str, "folder name in the release"]
    laterality: Annotated[Laterality | None, "L or R"] = None
    age_years: Annotated[float | None, "age at the recent exam, years"] = None
    density: Annotated[Density | None, "BI-RADS density a to d"] = None
    birads: Annotated[str, "BI-RADS class of the recent exam"] = ""
    prior_date: Annotated[str, "date of the prior exam, as precise as known"] = ""
    recent_date: Annotated[str, "date of the recent exam, as precise as known"] = ""
    date_precision: Annotated[str, "year or day"] = ""
    interval_years: Annotated[
        float | None, "years between screenings as the workbook gives them, at the coarsest precision found"
    ] = None
    interval_source: Annotated[str, "workbook, or empty where unknown"] = ""
    biopsy: Annotated[str, "biopsy text of the workbook"] = ""


@dataclass(frozen=True)
class ImageRecord:
    """The two files of one mammogram and whose they are; a missing file is None."""

    key: ImageKey
    patient: Patient
    dicom: FileRef | None
    overlay: FileRef | None


@dataclass(frozen=True, kw_only=True)
class FiledImage(ImageRecord):
    """An image of a release, and the DICOM files of the patient's other images (`beside`), which may settle a doubt."""

    key: ImageKey
    patient: Patient
    dicom: FileRef | None
    overlay: FileRef | None
    beside: tuple[FileRef, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class DrawnLesion:
    """A lesion that a cohort file gives by a mask, or by polygons that may draw several.

    Parameters
    ----------
    where : str
        File and row that give it, for messages.
    label : LesionLabel
    name : str
        Its printed id; empty where it is numbered.
    mask : FileRef or None
    mask_value : int or None
        Value of the lesion in a labelled mask.
    polygons : FileRef or None
    """

    where: str
    label: LesionLabel
    name: str = ""
    mask: FileRef | None
    mask_value: int | None
    polygons: FileRef | None


@dataclass(frozen=True, kw_only=True)
class CohortImage(ImageRecord):
    """An image of a cohort file: any format, its lesions given by masks or polygons, its spacing where one is stated.

    `spacing_mm` is the distance between rows and between columns in mm, None where the file of the image says it.
    """

    key: ImageKey
    patient: Patient
    dicom: FileRef | None
    overlay: FileRef | None
    drawn: tuple[DrawnLesion, ...] = ()
    spacing_mm: tuple[float, float] | None = None


class CalcificationImage(FiledImage):
    """An image of the sibling release: blue outlines are regions of calcifications, labelled by biopsy."""


@dataclass(frozen=True)
class ExamPair:
    """Prior and recent record of one view of one patient."""

    prior: ImageRecord
    recent: ImageRecord

    def __post_init__(self) -> None:
        prior, recent = self.prior.key, self.recent.key
        same = (prior.patient_id, prior.view) == (recent.patient_id, recent.view)
        if not same or prior.visit is not Visit.PRIOR or recent.visit is not Visit.RECENT:
            raise InvariantError("exam pair", "prior and recent of one view", f"{prior}, {recent}", "check the index")

    @property
    def patient(self) -> Patient:
        """Whose pair it is."""
        return self.recent.patient

    @property
    def view(self) -> View:
        """Which view."""
        return self.recent.key.view


@dataclass(frozen=True, kw_only=True)
class Release:
    """Index of a release: every patient, every image record, and what was noticed while indexing.

    Indexing with ``release["malignant-07", "CC", "recent"]`` gives the `ImageRecord`. `workbook` is the file the
    patients' facts came from, None where there is none.
    """

    root: Path
    patients: tuple[Patient, ...]
    images: tuple[ImageRecord, ...] = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    workbook: FileRef | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        ids = [patient.patient_id for patient in self.patients]
        keys = [image.key for image in self.images]
        if len(set(ids)) != len(ids) or len(set(keys)) != len(keys):
            raise InvariantError("release", "unique patients and images", "duplicates", "qualify ids by class")

    def __getitem__(self, key: tuple[str, str, str]) -> ImageRecord:
        wanted = "_".join(map(str, key))
        for image in self.images:
            if str(image.key) == wanted:
                return image
        own = [str(image.key) for image in self.images if image.key.patient_id == key[0]]
        known = ", ".join(own or [patient.patient_id for patient in self.patients[:_NAMED]]) or "none"
        raise KeyError(f"no image {wanted}; there are {known}{'' if own else ', ...'}")

    def __len__(self) -> int:
        return len(self.patients)

    def _repr_html_(self) -> str:
        classes = Counter(str(patient.case_class or "no class") for patient in self.patients)
        rows = [*classes.items(), ("images", len(self.images)), ("findings", len(self.findings))]
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{count}</td></tr>" for name, count in rows)
        return f"<table><caption>{escape(self.root.name)}</caption>{cells}</table>"

    def pairs(self) -> Iterator[ExamPair]:
        """Exam pairs in the order of the index; both records exist, their files may be missing.

        A recent image of a cohort that has no prior exam is paired with a record without files.
        """
        records = {image.key: image for image in self.images}
        views = list(dict.fromkeys([*View, *sorted(key.view for key in records)]))
        for patient in self.patients:
            for view in views:
                prior = records.get(ImageKey(patient.patient_id, view, Visit.PRIOR))
                recent = records.get(ImageKey(patient.patient_id, view, Visit.RECENT))
                if isinstance(recent, CohortImage) and prior is None:
                    prior = ImageRecord(ImageKey(patient.patient_id, view, Visit.PRIOR), patient, None, None)
                if prior is not None and recent is not None:
                    yield ExamPair(prior, recent)

    @property
    def is_cohort(self) -> bool:
        """Whether it is of another layout: nothing is promised of it as of the public release."""
        return any(type(image) is not ImageRecord for image in self.images)
