"""Why a person is, or is not, on a municipality's lists: from what was published, with the rows of the lake that stand behind it.

Outcomes, months and parameters are read from HOME/published/<D> and never decided again; the lake shows their rows. Start reading
in `explanation`. The command is `repat explain`; `begrundelse`, the sentence of the feeds, is `feeds.reason`.
"""
