"""How stored files are written, and what their content must look like."""
