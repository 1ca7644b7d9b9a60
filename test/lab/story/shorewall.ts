/** The legacy host's `/etc/shorewall`: one interface, everything closed but SSH, ping, and the application's subnet. */
export const shorewallFiles = {
  zones: `#
# Shorewall -- /etc/shorewall/zones
#
###############################################################################
#ZONE	TYPE	OPTIONS		IN_OPTIONS	OUT_OPTIONS
fw	firewall
net	ipv4
`,
  interfaces: `#
# Shorewall -- /etc/shorewall/interfaces
#
###############################################################################
?FORMAT 2
###############################################################################
#ZONE	INTERFACE	OPTIONS
net	eth0		tcpflags,nosmurfs
`,
  policy: `#
# Shorewall -- /etc/shorewall/policy
#
###############################################################################
#SOURCE	DEST	POLICY	LOGLEVEL
$FW	net	ACCEPT
net	all	DROP	info
# the next one must be last
all	all	REJECT	info
`,
  rules: `#
# Shorewall -- /etc/shorewall/rules
#
###############################################################################
#ACTION		SOURCE			DEST	PROTO	DPORT
?SECTION ALL
?SECTION ESTABLISHED
?SECTION RELATED
?SECTION INVALID
?SECTION UNTRACKED
?SECTION NEW

# administration
SSH(ACCEPT)	net			$FW
Ping(ACCEPT)	net			$FW

# the application's subnet and the standby
ACCEPT		net:172.31.32.0/20	$FW	tcp	5432
`,
} as const;
