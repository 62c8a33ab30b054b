"""What must leave the desk, written in the same transaction as its cause."""
