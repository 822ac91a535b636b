"""The questions to every system: where its program is, how to run a case, what that took."""

import os
import shutil
import subprocess
import sys

import workloads as w


class System:
    """One synthesizer. A subclass names its program and writes a case in its own language."""

    name = ""
    program = ""
    package = ""
    cases = w.CASES

    def find(self):
        """The path of the program, or None."""
        return shutil.which(self.program)

    def command(self, case, n, seconds, folder, output=None):
        """Writes what the run needs into `folder`; returns (arguments, environment changes)."""
        raise NotImplementedError

    def prepare(self, case, n, seconds, folder, output=None):
        os.makedirs(folder, exist_ok=True)
        return self.command(case, n, seconds, folder, output)


def install(packages):
    """Through apt-get; what it says goes to standard error."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    subprocess.run(command if os.geteuid() == 0 else ["sudo", *command], check=True, stdout=sys.stderr)


def cpu_seconds(command, folder, log="log"):
    """Runs the command to its end; returns its user + system time. A failure says what it printed."""
    with open(os.path.join(folder, log), "wb") as out:
        child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        with open(os.path.join(folder, log), errors="replace") as printed:
            text = printed.read()[-2000:]
        raise RuntimeError(f"{' '.join(command)}: exit status {child.returncode}\n{text}")
    return usage.ru_utime + usage.ru_stime
