"""Writes down what an Eventlens process does to the world outside it, from its first moment on.

Python loads a module of this name at its start when the folder is on PYTHONPATH. Nothing is imported that Python has not loaded by
then: a module that is looked for later must be found as it is without this. Worker processes, which ignore PYTHONPATH, are given the
same text before their own.
"""

# ruff: noqa: PTH100, PTH109, PTH119

import os
import sys

_JOURNAL = os.environ.get("EVENTLENS_AUDIT", "")
_COMMAND = sys.orig_argv
_IS_WORKER = len(_COMMAND) > 3 and _COMMAND[-2] == "-c" and "lowering_worker" in _COMMAND[-1]
_IS_WATCHED = _IS_WORKER or any(
    os.path.basename(part) in ("eventlens", "eventlens.exe", "toy_server.py") for part in _COMMAND[1:4]
)
_ALWAYS = frozenset(
    (
        "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.kill",
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime",
        "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move", "shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp",
        "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto",
        "socket.sendmsg", "http.client.connect", "urllib.Request", "sqlite3.connect", "sqlite3.load_extension", "ctypes.dlopen",
        "webbrowser.open", "pty.spawn",
    )
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OWN = tuple(
    {
        os.path.realpath(place) + os.sep
        for place in (sys.prefix, sys.base_prefix, *os.environ.get("EVENTLENS_AUDIT_OWN", "").split(os.pathsep))
        if place
    }
)
_CANARY = "CANARY"
"""Stands in every file of the workspaces that try to be run."""


def _install(journal):
    output = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(event, *details):
        line = repr((os.getpid(), event, *details)).encode("utf-8", "backslashreplace")
        os.write(output, line[:8_000] + b"\n")

    def hook(event, args):
        if event == "open":
            path, mode, flags = args
            if not isinstance(path, int) and ((mode and set(mode) & set("wax+")) or (flags or 0) & _WRITING):
                write("open", _text(path), mode, flags)
        elif event == "exec":
            source = args[0].co_filename
            if not (source[:1] in ("", "<") or os.path.realpath(source).startswith(_OWN)):
                write("exec", source)
        elif event == "compile":
            if args[0] is not None and _CANARY in str(args[0]):
                write("compile", str(args[1]))
        elif event == "import":
            if args[1] and not os.path.realpath(args[1]).startswith(_OWN):
                write("import", args[0], args[1])
        elif event == "subprocess.Popen":
            write(event, _text(args[0]), [_text(part) for part in args[1]])
            _watch(args[1])
        elif event in _ALWAYS:
            write(
                event, *(one if isinstance(one, (int, str, bytes, tuple, type(None))) else _text(one) for one in args)
            )

    write("start", list(_COMMAND), os.getcwd(), os.environ.get("EVENTLENS_CACHE_DIR", ""), _IS_WORKER)
    sys.addaudithook(hook)


def _text(value):
    try:
        return os.fsdecode(value)
    except TypeError:
        return repr(value)


def _watch(command):
    """Let a worker that is about to be started write down what it does, too."""
    if isinstance(command, list) and len(command) > 3 and "lowering_worker" in str(command[-1]):
        here = os.path.abspath(_HERE)
        command[-1] = f"exec(compile(open({here!r}).read(), {here!r}, 'exec'), {{'_HERE': {here!r}}}); {command[-1]}"


_HERE = globals().get("_HERE") or __file__
if _JOURNAL and _IS_WATCHED:
    _install(_JOURNAL)
