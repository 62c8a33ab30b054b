"""Articles, their versions, their index, the report catalogue."""
