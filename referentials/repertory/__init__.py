"""The employers' repertory, read from the Crossroads Bank for Enterprises and from the office's own records.

Files are read whole into a temporary database on disk (`staging`), whatever their order, before the first employer is
written: a file of another shape changes nothing. What is staged is then joined, employer by employer (`merging`), and
written in batches (`writing`). Memory stays flat; nothing is ever deleted.
"""
