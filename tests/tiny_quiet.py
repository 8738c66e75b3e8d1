"""Libraries that say what is known and meant so."""

import warnings
from contextlib import contextmanager


@contextmanager
def quiet():
    """No Python warnings inside (they are errors in these tests), no logs and progress bars."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
