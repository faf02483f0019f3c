"""When work may run: the priority queue, lanes, the thread executor and batches.

Import from the modules; none of them loads asyncio before something has to wait.
"""
