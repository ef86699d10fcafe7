"""
A Jupyter client on a leash: Debian's jupyter_client, told what to do by JSON lines on stdin (see driver.ts).

A command is {"id", "op", ...}, answered by {"id", "value"} or {"id", "error"}. What comes on a channel is printed at once
as {"channel", "message"}. Nothing here knows what is right: the tests judge. When stdin ends, the kernel is killed.
"""

import base64
import json
import os
import subprocess
import sys
import time

import zmq
from jupyter_client import BlockingKernelClient, KernelManager

CHANNELS = ("shell", "iopub", "control", "stdin")


def now_ms():
    return time.monotonic() * 1000


def encode(frame):
    return base64.b64encode(bytes(frame)).decode("ascii")


def emit(line):
    text = json.dumps(line, default=lambda value: value.isoformat())
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Driver:
    """Each public method is a command; its arguments are the command's fields."""

    def __init__(self):
        self.manager = None
        self.client = None
        self.sockets = {}
        self.paused = set()

    def start(self, kernel_name, cwd, log, env, key=None, options=None):
        """Starts a kernel by its kernelspec, as Jupyter's servers do, and connects to it."""
        self.manager = KernelManager(kernel_name=kernel_name, **(options or {}))
        if key is not None:
            self.manager.session.key = key.encode()
        self.manager.start_kernel(
            cwd=cwd, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=open(log, "ab")
        )
        return self._connected(self.manager.client())

    def connect(self, file):
        """Connects to a kernel that somebody else started."""
        client = BlockingKernelClient(connection_file=file)
        client.load_connection_file()
        return self._connected(client)

    def ready(self, timeout_s):
        self.client.wait_for_ready(timeout=timeout_s)

    def send(self, channel, msg_type, content, metadata=None, buffers=(), parent=None, header=None):
        session = self.client.session
        message = session.msg(msg_type, content=content, parent=parent, metadata=metadata)
        message["header"].update(header or {})
        at = now_ms()
        session.send(self.sockets[channel], message, buffers=[base64.b64decode(buffer) for buffer in buffers])
        return {"msg_id": message["header"]["msg_id"], "at": at}

    def serialize(self, msg_type, content):
        """The frames of a signed message, to be damaged by the test."""
        session = self.client.session
        return [encode(frame) for frame in session.serialize(session.msg(msg_type, content=content))]

    def send_frames(self, channel, frames):
        self.sockets[channel].send_multipart([base64.b64decode(frame) for frame in frames])

    def interactive(self, code, timeout_s):
        """jupyter_client's own way to run a cell, as nbclient and consoles use it."""
        outputs = []
        reply = self.client.execute_interactive(
            code, output_hook=outputs.append, timeout=timeout_s, allow_stdin=False
        )
        types = [message["msg_type"] for message in outputs]
        return {"reply": reply["content"], "types": types}

    def pause(self, channel):
        self.paused.add(channel)

    def resume(self, channel):
        self.paused.discard(channel)

    def heartbeat(self, timeout_ms):
        """Milliseconds that an echo takes, or None."""
        with zmq.Context.instance().socket(zmq.REQ) as socket:
            socket.linger = 0
            socket.connect(self.client._make_url("hb"))
            start = now_ms()
            socket.send(b"ping")
            return now_ms() - start if socket.poll(timeout_ms) and socket.recv() == b"ping" else None

    def is_alive(self):
        return {"process": self.manager.is_alive(), "beating": self.client.hb_channel.is_beating()}

    def interrupt(self):
        self.manager.interrupt_kernel()

    def restart(self, now):
        self.manager.restart_kernel(now=now)
        return {"pid": self.manager.provisioner.pid}

    def shutdown(self, now):
        self.manager.shutdown_kernel(now=now)

    def wait_exit(self, timeout_s):
        """The exit code of the kernel's process."""
        return self.manager.provisioner.process.wait(timeout_s)

    def _connected(self, client):
        client.start_channels()
        self.client = client
        sockets = {name: getattr(client, name + "_channel").socket for name in CHANNELS}
        self.sockets = {name: zmq.Socket.shadow(socket.underlying) for name, socket in sockets.items()}
        pid = None if self.manager is None else self.manager.provisioner.pid
        return {"pid": pid, "file": client.connection_file, "connection": json.load(open(client.connection_file))}

    def _receive(self, channel):
        frames = self.sockets[channel].recv_multipart()
        topic, parts = self.client.session.feed_identities(frames)
        message = self.client.session.deserialize(parts)
        emit(
            {
                "channel": channel,
                "message": {
                    "at": now_ms(),
                    "topic": b"".join(topic).decode("utf8", "replace"),
                    "type": message["msg_type"],
                    "header": message["header"],
                    "parent": message["parent_header"],
                    "metadata": message["metadata"],
                    "content": message["content"],
                    "buffers": [encode(buffer) for buffer in message["buffers"]],
                },
            }
        )

    def _obey(self, line):
        command = json.loads(line)
        number, op = command.pop("id"), command.pop("op")
        try:
            emit({"id": number, "value": getattr(self, op)(**command)})
        except Exception as error:
            emit({"id": number, "error": f"{op}: {type(error).__name__}: {error}"})

    def serve(self):
        commands = b""
        while True:
            poller = zmq.Poller()
            poller.register(0, zmq.POLLIN)
            for channel, socket in self.sockets.items():
                if channel not in self.paused:
                    poller.register(socket, zmq.POLLIN)
            ready = dict(poller.poll())
            for channel, socket in list(self.sockets.items()):
                if socket in ready:
                    self._receive(channel)
            if 0 not in ready:
                continue
            read = os.read(0, 1 << 20)
            if not read:
                return
            *lines, commands = (commands + read).split(b"\n")
            for line in lines:
                self._obey(line)


if __name__ == "__main__":
    driver = Driver()
    try:
        driver.serve()
    finally:
        if driver.manager is not None and driver.manager.is_alive():
            driver.manager.shutdown_kernel(now=True)
