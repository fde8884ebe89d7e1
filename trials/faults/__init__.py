"""The database taken away while clerks file, in every way that it goes, and what is lost or doubled by that."""
