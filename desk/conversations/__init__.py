"""Who owns a thread, its messages, its live stream, its hand-off drafts."""
