"""The ground: errors, clock and values that every layer passes."""
