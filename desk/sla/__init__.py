"""The clock (a pure function of events) and what is counted from it."""
