"""A way to a server on which what a test names is held up until the test lets it go."""

import socket
import threading


class HoldingProxy:
    """Passes bytes on to a port of this machine. A connection whose bytes begin with `held` waits there for release()."""

    def __init__(self, port):
        self.target, self.held, self.waiting, self.ended = port, None, [], False
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, *beginnings):
        """From now on; b"" holds everything."""
        with self.changed:
            self.held = beginnings

    def release(self):
        with self.changed:
            self.held = None
            self.changed.notify_all()

    def held_up(self):
        """The first lines of the requests that wait now."""
        with self.changed:
            return list(self.waiting)

    def stop(self):
        self.release()
        self.ended = True
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server, self._let_through)

    @staticmethod
    def _pump(source, into, before=lambda data: None):
        try:
            while data := source.recv(65536):
                before(data)
                into.sendall(data)
        except OSError:
            pass
        for each in (source, into):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _let_through(self, data):
        line = data.split(b"\r\n", 1)[0]
        with self.changed:
            if self.held is not None and data.startswith(self.held):
                self.waiting.append(line)
                self.changed.wait_for(lambda: self.held is None)
                self.waiting.remove(line)
