"""Floor 1b: what every table is, and the sentences said of tables, each once.

One module a table. Each defines a frozen row type, whose annotations are the columns, and a `Table`::

    >>> from radiomics_mammo.tables.sentinels import SENTINELS, SentinelRow
    >>> frame = SENTINELS.of([SentinelRow(name="permuted", expected="AUC 0.5", found="0.49", passed=True)])
    >>> SENTINELS.rows(SENTINELS.parse(SENTINELS.csv(frame).encode()))[0].passed
    True

Rooms make rows (``LesionRow.of(lesion)`` where a value of `core` says everything), `Table.of` makes the frame, and
`Table.rows` reads typed rows back. A frame that was made and one that was read back are the same: missing is missing
in both, never an empty text.

Beside the tables stand the sentences: `masses` (what a mass is, the label of a mass and a patient), `primary` (the one
primary analysis), `trust` (which prior regions may be used), `strata` (density and age), `resampling` (bootstrap of
patients), `multiplicity` (Holm, Benjamini-Hochberg), and `study` (the tables a stage starts from and leaves behind).
"""
