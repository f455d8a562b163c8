"""What must hold of the records and of the files that were made. Each check adds issues and stops nothing."""
