"""A tree of sections becomes one offline page, a workbook and figures."""
