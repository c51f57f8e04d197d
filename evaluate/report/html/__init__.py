"""The HTML report: ``index.html`` and a folder of images and outlines beside it.

``build`` makes each photo's files once (``photo_files``), collects the page's data as a plain dict
(``page_data``), and renders the templates in assets/.
"""
