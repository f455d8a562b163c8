"""Pure: several parsed values become one fact."""
