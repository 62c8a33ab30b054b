"""What the desk says of its own work: figures of several rooms, put together."""
