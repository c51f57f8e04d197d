"""The report that people open: ``index.html`` and a folder of pictures beside it.

build -> pictures (a folder a photo, made once) and page (a plain dict) -> the templates in assets/.
"""
