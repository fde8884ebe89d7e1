"""What the office keeps: the sealed chain over it, how long it is kept, its keys and its backups."""
