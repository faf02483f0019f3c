"""Records read from bytes: JSON, JSON Lines, CSV and TSV, told from their content."""
