"""Import of the employers' repertory from the Crossroads Bank for Enterprises and the office's own records.

All files are read into a temporary database on disk (`staging`), in any order, before the first employer is written,
so a file of the wrong shape changes nothing. The staged lines are then merged per employer (`merger`) and written in
batches (`writer`). Memory use stays constant, and nothing is ever deleted.
"""
