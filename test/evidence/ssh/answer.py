"""Runs a command on a terminal of its own and types answers: answer.py QUESTION=ANSWER… -- COMMAND…

What stands on the terminal goes to standard error; the command's standard output is this one's. Ends as the command did.
"""
import os
import pty
import sys

split = sys.argv.index("--")
answers = [word.split("=", 1) for word in sys.argv[1:split]]
output = os.dup(1)
child, terminal = pty.fork()
if child == 0:
    os.dup2(output, 1)
    os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
os.close(output)
seen = ""
try:
    while data := os.read(terminal, 65536):
        os.write(2, data)
        seen += data.decode("utf8", "replace")
        for question, answer in answers:
            if question in seen:
                os.write(terminal, answer.encode() + b"\r")
                seen = seen.replace(question, "")
except OSError:
    pass
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
