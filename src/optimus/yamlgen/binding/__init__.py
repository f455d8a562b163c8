"""From cells to typed records: sheets and headers by their names, values by their types."""
