"""A record's data as an Excel workbook. Only this package knows XlsxWriter."""
