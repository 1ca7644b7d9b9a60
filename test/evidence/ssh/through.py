"""A ProxyCommand: joins its standard streams to HOST PORT."""
import os
import socket
import sys
import threading

far = socket.create_connection((sys.argv[1], int(sys.argv[2])))


def outward():
    while data := os.read(0, 65536):
        far.sendall(data)
    far.shutdown(socket.SHUT_WR)


threading.Thread(target=outward, daemon=True).start()
while data := far.recv(65536):
    os.write(1, data)
