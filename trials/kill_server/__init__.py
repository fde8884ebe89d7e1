"""The service killed while clerks file, and what is lost or doubled by that."""
