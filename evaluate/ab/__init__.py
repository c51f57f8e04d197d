"""Two runs held against each other: ``make compare runs=A,B``.

choose -> what the two names are; differ -> in what they were made unlike; pair -> the comparison;
moved -> what changed from the one to the other, photo by photo.
"""
