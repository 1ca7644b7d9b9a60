"""A small world of network namespaces, driven by one JSON request a line on standard input.

client --c0/eth0-- host --docker0/t0-- container,  and a second cable  client --c1/eth1-- host.
The client answers for every address of 10.0.0.0/8 and fd10::/16. The namespaces have no names and end with this process.
A connection counts as open when the first byte of the server's greeting has come: it tells where it was accepted.
"""
import ctypes, errno, json, os, selectors, socket, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def new_namespace():
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY)


def enter(namespace):
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def run(namespace, command, text=None):
    enter(namespace)
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def must(namespace, command, text=None):
    code, out, err = run(namespace, command, text)
    if code != 0:
        raise RuntimeError(f'{command}: {err.strip() or out.strip()}')
    return out


def ip(namespace, lines):
    must(namespace, ['ip', '-batch', '-'], '\n'.join(lines) + '\n')


def setting(namespace, key, value):
    enter(namespace)
    with open('/proc/sys/' + key.replace('.', '/'), 'w') as file:
        file.write(value)


CLIENT, HOST, CONTAINER = new_namespace(), new_namespace(), new_namespace()
MAC = {name: f'02:00:00:00:00:{number:02x}' for number, name in enumerate(['c0', 'eth0', 'c1', 'eth1', 'docker0', 't0'], 1)}


def cable(a, name_a, b, name_b):
    ip(a, [f'link add {name_a} address {MAC[name_a]} type veth peer name {name_b} address {MAC[name_b]} netns /proc/{os.getpid()}/fd/{b}'])


def build():
    for namespace in (CLIENT, HOST, CONTAINER):
        ip(namespace, ['link set lo up'])
        for key in ('all', 'default'):
            setting(namespace, f'net.ipv4.conf.{key}.rp_filter', '0')
            setting(namespace, f'net.ipv6.conf.{key}.accept_dad', '0')
        setting(namespace, 'net.ipv4.icmp_ratelimit', '0')
        setting(namespace, 'net.ipv6.icmp.ratelimit', '0')
        for key in ('icmp_msgs_per_sec', 'icmp_msgs_burst'):
            try:
                setting(namespace, f'net.ipv4.{key}', '1000000')
            except OSError:
                pass
    setting(CLIENT, 'net.ipv6.ip_nonlocal_bind', '1')
    setting(HOST, 'net.ipv4.ip_forward', '1')
    setting(HOST, 'net.ipv6.conf.all.forwarding', '1')
    cable(HOST, 'eth0', CLIENT, 'c0')
    cable(HOST, 'eth1', CLIENT, 'c1')
    cable(HOST, 'docker0', CONTAINER, 't0')
    ip(CLIENT, [
        'addr add 172.31.32.1/20 dev c0', 'addr add 192.0.2.1/24 dev c1', 'addr add fd31::1/64 dev c0 nodad', 'link set c0 up', 'link set c1 up',
        'route add local 10.0.0.0/8 dev lo', 'route add local fd10::/16 dev lo',
        # An address of no cable: the client reaches it by the cable that the host answers by.
        'route add 198.51.100.17 dev c0', 'route add 198.51.100.17 dev c1 table 100', 'rule add from 10.128.0.0/9 lookup 100', 'rule add from 192.0.2.1 lookup 100',
        f'neigh replace 198.51.100.17 lladdr {MAC["eth0"]} dev c0 nud permanent', f'neigh replace 198.51.100.17 lladdr {MAC["eth1"]} dev c1 nud permanent',
        f'neigh replace 172.31.40.17 lladdr {MAC["eth0"]} dev c0 nud permanent', f'neigh replace 172.31.40.18 lladdr {MAC["eth0"]} dev c0 nud permanent',
        f'neigh replace 192.0.2.17 lladdr {MAC["eth1"]} dev c1 nud permanent', f'neigh replace fd31::17 lladdr {MAC["eth0"]} dev c0 nud permanent'])
    ip(HOST, [
        'addr add 198.51.100.17/32 dev lo', 'addr add 172.31.40.17/20 brd + dev eth0', 'addr add 172.31.40.18/20 brd + dev eth0', 'addr add 192.0.2.17/24 brd + dev eth1', 'addr add 172.17.0.1/16 brd + dev docker0',
        'addr add fd31::17/64 dev eth0 nodad', 'addr add fd17::1/64 dev docker0 nodad', 'link set eth0 up', 'link set eth1 up', 'link set docker0 up',
        f'neigh replace 172.31.32.1 lladdr {MAC["c0"]} dev eth0 nud permanent', f'neigh replace 192.0.2.1 lladdr {MAC["c1"]} dev eth1 nud permanent',
        f'neigh replace fd31::1 lladdr {MAC["c0"]} dev eth0 nud permanent', f'neigh replace 172.17.0.2 lladdr {MAC["t0"]} dev docker0 nud permanent',
        f'neigh replace fd17::2 lladdr {MAC["t0"]} dev docker0 nud permanent',
        'route add default via 172.31.32.1', 'route add 10.128.0.0/9 via 192.0.2.1', 'route add default via fd31::1'])
    ip(CONTAINER, [
        'addr add 172.17.0.2/16 dev t0', 'addr add fd17::2/64 dev t0 nodad', 'link set t0 up', f'neigh replace 172.17.0.1 lladdr {MAC["docker0"]} dev t0 nud permanent',
        f'neigh replace fd17::1 lladdr {MAC["docker0"]} dev t0 nud permanent', 'route add default via 172.17.0.1', 'route add default via fd17::1'])


PORTS = (22, 5432, 6432, 8080)
# The servers' sockets belong to a user of their own, as PostgreSQL's do.
SERVER_UID, SERVER_GID = 26, 27


def as_server(make):
    os.setegid(SERVER_GID)
    os.seteuid(SERVER_UID)
    try:
        return make()
    finally:
        os.seteuid(0)
        os.setegid(0)


watch = selectors.DefaultSelector()


def listen(namespace, letter, address_family):
    enter(namespace)
    for port in PORTS:
        server = as_server(lambda: socket.socket(address_family, socket.SOCK_STREAM))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address_family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        server.bind(('', port))
        server.listen(4096)
        server.setblocking(False)
        watch.register(server, selectors.EVENT_READ, ('server', f'{letter}{port}'))


ONE = (1).to_bytes(4, 'little')
LINGER = (1).to_bytes(4, 'little') + (0).to_bytes(4, 'little')


IPV6_RECVERR = 25


def queued_error(client):
    """An ICMPv6 error that came while connect() still held the socket: a veth answers within the sending call."""
    if client.family != socket.AF_INET6:
        return 0
    try:
        _, ancillary, _, _ = client.recvmsg(256, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return 0
    return next((int.from_bytes(data[:4], sys.byteorder) for _, kind, data in ancillary if kind == IPV6_RECVERR), 0)


def start(number, flow):
    v6 = ':' in flow['to']
    client = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_STREAM)
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if v6:
        client.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    client.bind((flow['from'], flow['sport']))
    code = client.connect_ex((flow['to'], flow['port']))
    if code not in (0, errno.EINPROGRESS):
        client.close()
        return errno.errorcode.get(code, str(code)), None
    watch.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE, ('client', number))
    return None, client


def flows(wanted, patience):
    enter(CLIENT)
    results, open_clients, accepted = [None] * len(wanted), {}, []
    for number, flow in enumerate(wanted):
        results[number], client = start(number, flow)
        if client is not None:
            open_clients[number] = client
    waiting = set(open_clients)
    connected = set()
    quiet_since = time.monotonic()
    while waiting and time.monotonic() - quiet_since < patience:
        for key, events in watch.select(0.02):
            quiet_since = time.monotonic()
            kind, what = key.data
            if kind == 'server':
                try:
                    connection, _ = as_server(key.fileobj.accept)
                except OSError:
                    continue
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
                try:
                    connection.send((what + '\n').encode())
                except OSError:
                    pass
                accepted.append(connection)
                continue
            client = key.fileobj
            code = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or queued_error(client)
            if code:
                results[what] = errno.errorcode.get(code, str(code)) + ('-later' if what in connected else '')
            elif events & selectors.EVENT_READ:
                try:
                    results[what] = 'open ' + client.recv(64).decode().strip()
                except OSError as problem:
                    results[what] = errno.errorcode.get(problem.errno, str(problem.errno)) + '-later'
            else:
                connected.add(what)
                watch.modify(client, selectors.EVENT_READ, key.data)
                continue
            watch.unregister(client)
            waiting.discard(what)
    for number in waiting:
        results[number] = 'half' if number in connected else 'silent'
        watch.unregister(open_clients[number])
    for one in [*open_clients.values(), *accepted]:
        one.close()
    return results


def answer(request):
    kind = request['op']
    if kind == 'run':
        code, out, err = run(HOST, request['command'], request.get('input'))
        return {'code': code, 'out': out, 'err': err}
    if kind == 'set':
        for key, value in request['settings'].items():
            setting(HOST, key, value)
        return {}
    return {'results': flows(request['flows'], request['patience'])}


build()
for namespace, letter in ((HOST, 'host '), (CONTAINER, 'container ')):
    for address_family in (socket.AF_INET, socket.AF_INET6):
        listen(namespace, letter, address_family)
print('{}', flush=True)
for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as problem:
        reply = {'problem': repr(problem)}
    print(json.dumps(reply), flush=True)
