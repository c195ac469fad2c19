"""What people see: lines that stay, and on a terminal one that changes. With --json the lines go to standard error, and
standard output gets one object a part."""
import json
import os
import sys


class Terminal:
    def __init__(self, is_json):
        self.is_json = is_json
        self.out = sys.stderr if is_json else sys.stdout
        self.shows_progress = sys.stderr.isatty()
        self.has_progress = False

    def progress(self, text):
        if self.shows_progress:
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            sys.stderr.write("\r\033[K" + text[:width - 1])
            sys.stderr.flush()
            self.has_progress = True

    def end(self):
        if self.has_progress:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self.has_progress = False

    def line(self, text):
        self.end()
        print(text, file=self.out, flush=True)

    def summary(self, name, values):
        self.end()
        if self.is_json:
            print(json.dumps({"part": name, **values}), flush=True)
            return
        for key, value in values.items():
            if isinstance(value, dict):
                value = ", ".join(f"{count} {what}" for what, count in value.items()) or "none"
            elif isinstance(value, int) and key != "seed":
                value = f"{value:,}"
            self.line(f"  {key.replace('_', ' ')}: {value}")
