"""The shell: runs the tree. Expansion, redirection, pipelines, processes and jobs; never the terminal's input line."""
