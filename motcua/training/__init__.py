"""The trainer: carries out training jobs as child processes, and measures the models that come out."""
