import { shellQuote } from '../../src/shell.ts';
import type { Host } from './host.ts';

/** A PostgreSQL server in namespaces of its own on a host, as a container runs it: its files are nowhere on the host. */
export type Container = {
  /** The server, as the host counts. */
  readonly pid: number;
  /** Its system identifier. */
  readonly identifier: string;
};

const root = '/srv/container';

/** Runs as process 1 of the new namespaces: builds a root in memory, makes it the only one, and becomes the server. */
const inside = (programs: string, port: number, uid: number, hba: readonly string[]) => `set -e
  mount --make-rprivate /
  mkdir -p ${root} && mount -t tmpfs tmpfs ${root} && cd ${root}
  mkdir -p usr etc proc dev tmp run/postgresql var/lib/data old && chmod 1777 tmp
  mount --bind /usr usr && mount --bind /dev dev && mount -t proc proc proc
  for name in bin sbin lib lib64; do ln -s usr/$name $name; done
  ln -s ../run var/run
  cp -a /etc/nsswitch.conf /etc/hosts /etc/ld.so.* etc/
  printf 'root:x:0:0::/:/bin/sh\\npostgres:x:${uid}:${uid}::/var/lib/data:/bin/sh\\n' > etc/passwd
  printf 'root:x:0:\\npostgres:x:${uid}:\\n' > etc/group
  chown ${uid}:${uid} var/lib/data run/postgresql && chmod 700 var/lib/data
  pivot_root . old && cd / && umount -l old
  as="setpriv --reuid=${uid} --regid=${uid} --clear-groups"
  $as ${programs}/initdb -D /var/lib/data -U postgres -A trust >/dev/null
  printf '%s\\n' "port = ${port}" "listen_addresses = '*'" "unix_socket_directories = '/run/postgresql'" >> var/lib/data/postgresql.conf
  ip link set lo up
  printf '%s\\n' ${hba.map(shellQuote).join(' ')} > var/lib/data/pg_hba.conf
  cd /var/lib/data && exec $as ${programs}/postgres -D /var/lib/data`;

/**
 * Starts one.
 *
 * @param network whether it has a network of its own, in which its port is free
 * @param uid its account, which may have another name on the host, or none
 * @param hba the lines of its pg_hba.conf
 * @throws where it is not up within 20 seconds
 */
export async function startContainer(
  host: Host,
  major: number,
  { port, network, uid, hba }: { port: number; network: boolean; uid: number; hba: readonly string[] },
): Promise<Container> {
  const programs = `/usr/lib/postgresql/${major}/bin`;
  const flags = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', ...(network ? ['--net'] : [])];
  const child = host.spawn(`exec unshare ${flags.join(' ')} sh -c ${shellQuote(inside(programs, port, uid, hba))}`);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  for (let tried = 0; tried < 200; tried += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { stdout } = await host.exec(
      `for one in /proc/[0-9]*; do
        grep -qs '^postgres' $one/comm && [ "$(stat -L -c %d:%i $one/root)" != "$(stat -L -c %d:%i /)" ] || continue
        [ "$(sed -n 8p $one/root/var/lib/data/postmaster.pid 2>/dev/null | tr -d ' ')" = ready ] && grep -q '^NSpid:.*\\b1$' $one/status || continue
        echo \${one#/proc/} $(od -An -tu8 -N8 $one/root/var/lib/data/global/pg_control)
      done`,
    );
    const [pid, identifier] = stdout.trim().split(/\s+/);
    if (pid !== undefined && identifier !== undefined) return { pid: Number(pid), identifier };
    if (child.exitCode !== null) break;
  }
  throw new Error(`the container did not start: ${said}`);
}
