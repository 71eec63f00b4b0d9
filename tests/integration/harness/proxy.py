"""Between a worker and its source: passes everything on, and puts binlog events of its own in between.

For what a server of today does not write. Without TLS, as the packets are read.
"""

import contextlib
import queue
import socket
import struct
import threading
import zlib

COM_BINLOG_DUMP = 0x12
FORMAT_DESCRIPTION = 15


def make_event(kind, body=b"", flags=0):
    """A binlog event as it is sent, with a checksum; next_offset 0: it is in no file."""
    head = struct.pack("<IBIIIH", 0, kind, 1, 19 + len(body) + 4, 0, flags) + body
    return head + struct.pack("<I", zlib.crc32(head))


class EventProxy:
    def __init__(self, port):
        self._to = port
        self._events = queue.Queue()
        self._tear_at = self._description = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def inject(self, event):
        """Sends it before the next event of a binlog stream: at the latest with a heartbeat."""
        self._events.put(event)

    def tear_at(self, text):
        """After the next event that has this text in it a new file begins, as where the source died in a transaction."""
        self._tear_at = text

    def close(self):
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [client, server]
                dumping = threading.Event()
                threading.Thread(target=self._pass_commands, args=(client, server, dumping), daemon=True).start()
                threading.Thread(target=self._pass_answers, args=(server, client, dumping), daemon=True).start()

    def _pass_commands(self, client, server, dumping):
        for number, packet in packets(client):
            if number == 0 and packet[:1] == bytes([COM_BINLOG_DUMP]):
                dumping.set()
            send(server, number, packet)
        self._hang_up(client, server)

    def _pass_answers(self, server, client, dumping):
        injected = 0
        for number, packet in packets(server):
            if dumping.is_set() and not self._events.empty():
                send(client, number + injected, b"\0" + self._events.get())
                injected += 1
            send(client, number + injected, packet)
            if dumping.is_set() and packet[5:6] == bytes([FORMAT_DESCRIPTION]):
                self._description = packet
            if dumping.is_set() and self._tear_at and self._tear_at in packet:
                self._tear_at = None
                injected += 1
                send(client, number + injected, self._description)
        self._hang_up(server, client)

    @staticmethod
    def _hang_up(*both):
        for each in both:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def packets(connection):
    """(number, content) of each packet of the protocol."""
    with contextlib.suppress(OSError), connection.makefile("rb") as stream:
        while len(head := stream.read(4)) == 4:
            yield head[3], stream.read(int.from_bytes(head[:3], "little"))


def send(connection, number, packet):
    with contextlib.suppress(OSError):
        connection.sendall(len(packet).to_bytes(3, "little") + bytes([number % 256]) + packet)
