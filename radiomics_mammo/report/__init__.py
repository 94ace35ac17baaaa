"""The report: a tree of sections to one HTML page, drawings, pictures, workbook and checklists."""

from radiomics_mammo.report.alignment_pictures import RegistrationPicture, registration_picture
from radiomics_mammo.report.blocks import Figure, Section
from radiomics_mammo.report.build import build_report
from radiomics_mammo.report.checklists import checklist_items, checklist_table
from radiomics_mammo.report.figures import draw_figures
from radiomics_mammo.report.html import render_html
from radiomics_mammo.report.lesion_pictures import LesionPicture, PictureFile, lesion_picture
from radiomics_mammo.report.picture_files import Pictures, read_pictures
from radiomics_mammo.report.provenance import Provenance
from radiomics_mammo.report.workbook import write_workbook

__all__ = [
    "Figure",
    "LesionPicture",
    "PictureFile",
    "Pictures",
    "Provenance",
    "RegistrationPicture",
    "Section",
    "build_report",
    "checklist_items",
    "checklist_table",
    "draw_figures",
    "lesion_picture",
    "read_pictures",
    "registration_picture",
    "render_html",
    "write_workbook",
]
