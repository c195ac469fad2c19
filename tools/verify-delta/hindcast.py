"""The binary as a script sees it: one data directory, its server, and the commands that work on them."""
import json, os, signal, subprocess, time


class Hindcast:
    def __init__(self, binary, folder):
        self.binary, self.data = binary, os.path.join(folder, "data")
        self.port_file, self.log = os.path.join(folder, "port"), os.path.join(folder, "server.log")
        self.server = None
        self.address = None

    def start(self):
        if os.path.exists(self.port_file):
            os.remove(self.port_file)
        self.server = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--port-file", self.port_file],
            stdout=subprocess.DEVNULL, stderr=open(self.log, "ab"))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                raise SystemExit(f"verify-delta: the server ended with {self.server.returncode}; see {self.log}")
            if os.path.exists(self.port_file) and os.path.getsize(self.port_file):
                self.address = f"127.0.0.1:{open(self.port_file).read().strip()}"
                return
            time.sleep(0.02)
        raise SystemExit("verify-delta: the server did not come up within 30 s")

    def stop(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(timeout=20)
        self.server = self.address = None
        if code != 0:
            raise SystemExit(f"verify-delta: the server ended with {code} on SIGTERM; see {self.log}")

    def kill(self):
        if self.server is not None and self.server.poll() is None:
            self.server.kill()
            self.server.wait()

    def command(self, *arguments):
        """Runs a command that prints a JSON summary."""
        done = subprocess.run([self.binary, *arguments, "--json"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"verify-delta: hindcast {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def add(self, kind, model, file, options):
        return self.command("import", kind, "--server", self.address, "--model", model, *options, file)

    def source(self):
        return ["--server", self.address] if self.address else ["--data", self.data]

    def replay(self, model, folder):
        return self.command("replay", *self.source(), "--model", model, "--to", f"delta:{folder}")

    def begin_replay(self, model, folder):
        return subprocess.Popen(
            [self.binary, "replay", *self.source(), "--model", model, "--to", f"delta:{folder}", "--quiet"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def compact(self):
        return self.command("compact", "--data", self.data)
