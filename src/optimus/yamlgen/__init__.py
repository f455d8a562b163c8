"""From a workbook and template files to the YAML files of a site, with faults that point at the cell."""
