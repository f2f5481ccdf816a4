"""The report: one self-contained HTML file for the nation and one for each municipality, made from what was published.

`facts` reads the published tables, `sections` chooses what is told, `charts` draws, `page` makes the file, `write` puts it in its place.
The definitions come from the KPI registry; nothing is computed here that is not published.
"""
