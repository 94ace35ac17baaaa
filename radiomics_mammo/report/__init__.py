"""The report: a tree of sections to one HTML page, drawings, pictures, workbook and checklists.

Read in this order: `blocks` (the tree), `wording` (numbers and tables in words), `drawing`, `pictures` and
`pair_pictures` (how things look), `material` (what a report is built from); one module a chapter of the page:
`summary`, `cohort`, `masks`, `alignment`, `features`, `classification`, `statistics`, `methods`; then `page` (all of
them, rendered) and `workbook`.
"""

from radiomics_mammo.report.blocks import Figure, Section
from radiomics_mammo.report.laid_over import figure_row, mask_over_image
from radiomics_mammo.report.masks import lesion_picture
from radiomics_mammo.report.material import Provenance
from radiomics_mammo.report.methods import checklist_items, checklist_table
from radiomics_mammo.report.page import build_report, draw_figures, render_html
from radiomics_mammo.report.pair_pictures import registration_picture, zone_picture
from radiomics_mammo.report.pictures import LesionPicture, PictureFile, Pictures, RegistrationPicture, read_pictures
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
    "figure_row",
    "lesion_picture",
    "mask_over_image",
    "read_pictures",
    "registration_picture",
    "render_html",
    "write_workbook",
    "zone_picture",
]
