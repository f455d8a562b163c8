"""What a job hands out: files, zip, report, preview, diffs, annotated workbook, examples, the way back."""
