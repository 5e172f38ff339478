"""The files of a run's folder that others read or write: whoever watches, pauses or ends it."""

LOG_FILE = "log.jsonl"  # see log.py
STOP_FILE = "stop"  # made by anybody who wants the run to save its state and end
MODEL_FILE = "model.safetensors"
RESULT_FILE = "result.json"  # the verdict, once the run is done
