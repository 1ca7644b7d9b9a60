const lead: Record<string, string> = {
  'legacy-host': `The legacy host as it was found: DMS cannot get through, and says only "timeout expired".
Shorewall drops the connection before the iptables rule that an operator appended for it; pg_hba.conf has no line for the
replication instance; wal_level is replica, and the restart that changing it needs would hit one standby and three idle
connections of billing-worker. The security group, the network ACL and the routes are right.`,
  'closed-security-group': `The legacy host, but for its security group: that admits SSH alone.
The host's and the database's files are those of ../legacy-host, the AWS part differs.`,
  'legacy-host-fixed': `The legacy host after every step of dms-doctor's own plan was really applied to it.
PostgreSQL's ODBC driver then connected from the replication instance's address, and a logical replication slot with the
plugin test_decoding could be made through it.`,
};

/** The README.md of a recorded bundle: what it is, where its parts come from, how to record it again. */
export const readme = (name: string): string => `# ${name}

${lead[name]}

- \`host/\` and \`postgres/\` were recorded from a real host of the lab (test/lab/): real shorewall and iptables, PostgreSQL 13
  with a streaming standby, in network namespaces of their own. The very script that a live run sends over SSH
  (src/evidence/host-facts.sh) and the very queries that a live run sends (src/evidence/postgres.ts) gathered them.
- \`aws/\` is written by hand in the AWS CLI's own shape (test/lab/story/aws/), for there is no AWS account behind it.
- What the kernel keeps for the whole machine alone is the recording machine's: memory, number and times of processors. Its
  disks and its pressure are hidden, the load averages are those of the host's own processes, the size of the file system
  is the memory's, and the kernel's release is a plain Debian 12's. \`eth0\` is one end of a veth pair. The kernel logs no
  packet of a network namespace, so \`host/kernel-log.txt\` is empty.

Recorded again by \`node scripts/record-story.mjs\`, as root on a Debian-like system. Never edit a file here: \`bundle.json\`
holds the sum of each.
`;
