"""Files that people send: what is taken, how it is checked, and where it lies, encrypted."""
