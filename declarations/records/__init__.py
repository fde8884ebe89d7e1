"""The office's records: their tamper-evident chain, retention, key rotation and backups."""
