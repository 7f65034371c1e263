"""mxe_lib: the library under the micro-expression study's notebooks.

Importing it is fast; heavy imports (torch, OpenCV) stay in the modules that use them.
"""

__version__ = "0.1.0"
