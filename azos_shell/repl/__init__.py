"""The face: the prompt loop, its line editor, completion and the bar; the only user of prompt_toolkit."""
