"""Folder or zip and workbook become an index; DICOM and JPEG reading; audit."""
