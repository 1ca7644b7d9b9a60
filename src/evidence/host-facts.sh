#!/bin/sh
# dms-doctor: the facts of a PostgreSQL host, read-only.
#
# TAKES    firewall rules (iptables, nftables, ipset, shorewall, ufw, firewalld), addresses, routes, the kernel settings
#          that drop packets, listening sockets, load, memory, disk space, the kernel log's lines of one port, the running
#          PostgreSQL clusters, and of the one behind that port: pg_hba.conf and postgresql.conf with what they include,
#          and its log's lines about connections; poolers, and of PgBouncer where it listens and leads. Where it may be
#          the account of that server, it also asks it (psql, one read-only session) for settings, roles, slots, sizes …
# LEAVES   passwords, keys, secrets in pg_hba.conf and postgresql.conf, archive and restore commands, shorewall's params,
# OUT      arguments of processes and of cron jobs, texts of queries, data.
# CHANGES  nothing: it writes no file (not even a temporary one), loads no kernel module, starts no service, opens no
#          connection but that one session, and prints to standard output alone.
#
#     sudo sh facts.sh > facts.txt
#     ssh db 'sudo sh' < facts.sh > facts.txt
#     ssh db 'sudo sh -s -- --port 5433 --address 172.31.23.112' < facts.sh > facts.txt
#
# Without root it takes what it may, and says of the rest that it was denied.
#   --port N        the port that the clients use (default 5432)
#   --address A     an address to look for in the kernel's log; may be repeated
#   --deadline S    seconds that one command may take (default 10)
#   --database D    the database that DMS reads; without it, what is of one database is left out
#   --user U        the role that DMS logs in as
#   --no-psql       do not ask the server: open no connection at all
#   --sudo          without root, put `sudo -n` before the commands that need it; never asks for a password. What then hangs
#                   as root cannot be ended by this script: it goes on without it.
#   --after-test    take no more than a connection attempt changes: counters, and the lines of the logs
#   --unless-requiretty   print nothing but that sudo wants a terminal, where it does
#   --path DIRS     directories of commands, instead of $PATH and the usual ones
#
# Prints `dms-doctor-bundle 1`; for each item `item NAME BYTES TIME`, the bytes and a line feed; and `end COUNT`.
# NAME.error stands for an item that could not be had: `not-installed: …`, `denied: …`, `timed-out: …` or `not-gathered: …`.

# --- words for the output ---------------------------------------------------------------------------------------------

newline='
'
tab=$(printf '\t')
count=0
written=' '

# emit NAME CONTENT: one item. A name that the format cannot hold, or that was printed before, is left out.
emit() {
  case $1 in *[!\ -~]* | *..* | *//* | */./* | */. | */ | *\\* | '' | /*) return 0 ;; esac
  case $written in *" <$1> "*) return 0 ;; esac
  written="$written<$1> "
  bytes=$(printf '%s' "$2" | wc -c)
  printf 'item %s %s %s\n' "$1" "$((bytes))" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" || exit 1
  printf '%s\n' "$2" || exit 1
  count=$((count + 1))
}

# fail NAME REASON: why the item could not be had, in one line. (No \040 in the range: busybox 1.19 reads that otherwise.)
fail() {
  emit "$1.error" "$(printf '%s' "$2" | tr -c ' -~' ' ' | cut -c 1-400)$newline"
}

# json VALUE: a JSON string; json_or_null VALUE: null when empty.
json() {
  case $1 in
    *[!\ -~]* | *[\"\\]*)
      printf '"'
      printf '%s' "$1" | awk '
        BEGIN { for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i) }
        {
          if (NR > 1) printf "\\n"
          for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (c == "\"" || c == "\\") printf "\\%s", c
            else if (c in escape) printf "%s", escape[c]
            else printf "%s", c
          }
        }'
      printf '"'
      ;;
    *) printf '"%s"' "$1" ;;
  esac
}
json_or_null() { if [ -n "$1" ]; then json "$1"; else printf null; fi; }
json_number() { case $1 in '' | *[!0-9]*) printf null ;; *) printf '%s' "$1" ;; esac; }

# instant SECONDS: seconds since 1970 as ISO 8601.
instant() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null; }

# --- running commands -------------------------------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }

# limit COMMAND…: runs it for at most $deadline seconds; ends with 124 or 137 when they are over.
limit() {
  case $timeout_style in
    new) timeout -s KILL "$deadline" "$@" ;;
    old) timeout -t "$deadline" -s KILL "$@" ;;
    *)
      { "$@" <&3 3<&- & } 3<&0
      limited=$!
      # Ended between two of its lines it may leave the sleep behind, which must hold nothing that somebody waits for.
      (
        trap 'kill "$sleeper" 2>/dev/null; exit' TERM
        sleep "$deadline" &
        sleeper=$!
        wait "$sleeper"
        kill -KILL "$limited" 2>/dev/null
      ) >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- &
      watchdog=$!
      wait "$limited"
      limited=$?
      kill "$watchdog" 2>/dev/null
      return "$limited"
      ;;
  esac
}

# limit_sudo COMMAND…: as `limit`, for sudo, which nobody but root may end. It runs beside this script and writes into pipes
# that two processes of this user empty; when the time is over these are ended, and it is left to itself, with nothing open
# that this script or its caller would wait for. (A shell of its own waits for it: a part of this one would keep more open.)
limit_sudo() {
  {
    said=$({
      {
        {
          # shellcheck disable=SC2016
          exec /bin/sh -c '"$@"; printf "\nended with %s\n" "$?" >&2' sh "$@" <&3 3<&- 4>&- 5>&- 6>&- 7>&- &
        } 3<&0 2>&1 1>&6 | limit cat >&7 6>&-
      } 6>&1 | limit cat >&4
    } 7>&1 2>/dev/null)
  } 4>&1
  limited=${said##*"$newline"ended with }
  case $said in
    *"$newline"'ended with '[0-9]*) said=${said%"$newline"ended with *} ;;
    *) limited=137 ;;
  esac
  [ -z "$said" ] || printf '%s\n' "$said" >&2
  return "$limited"
}

# rooted COMMAND…: as root where that can be had, else as whoever runs this. What sudo refuses is tried without it.
rooted() {
  if [ "$use_sudo" = no ] || ! has "$1"; then
    limit "$@"
    return
  fi
  {
    refusal=$(through_sudo "$@" 2>&1 1>&4 4>&-)
    rooted=$?
  } 4>&1
  case $rooted:$refusal in
    0:*) [ -z "$refusal" ] || printf '%s\n' "$refusal" >&2 ;;
    *:sudo:\ * | *:Sorry,\ user\ *) limit "$@" || { rooted=$?; printf '%s\n' "$refusal" >&2; return "$rooted"; } ;;
    *) printf '%s\n' "$refusal" >&2; return "$rooted" ;;
  esac
}

# through_sudo COMMAND…: by its full path, as sudoers lists it. Nobody but root may end what runs as root: so the deadline
# goes inside, where sudoers allows that.
through_sudo() {
  rooted_path=$(command -v "$1")
  shift
  set -- "$rooted_path" "$@"
  [ "$sudo_timeout" = no ] || set -- "$(command -v timeout)" -s KILL "$deadline" "$@"
  if [ "$use_sudo" = password ]; then
    printf '%s\n' "$sudo_password" | limit_sudo sudo -S -p '' "$@"
  else
    limit_sudo sudo -n "$@"
  fi
}

# use_sudo_if_possible: sets $use_sudo to yes, password or no, $sudo_timeout, and $sudo_state to what sudo said.
use_sudo_if_possible() {
  use_sudo=no
  sudo_timeout=no
  if [ "$(id -u)" = 0 ]; then sudo_state=root; return; fi
  if ! has sudo; then sudo_state='not installed'; return; fi
  if [ -n "${sudo_password-}" ]; then
    # Once and no more: a wrong password at every command would lock the account.
    if refusal=$(printf '%s\n' "$sudo_password" | limit_sudo sudo -S -p '' -v 2>&1); then use_sudo=password; fi
  else
    if refusal=$(limit_sudo sudo -n -l 2>&1 >/dev/null); then use_sudo=yes; fi
  fi
  case $use_sudo:$refusal in
    no:*'must have a tty'*) sudo_state=requiretty ;;
    no:*'password is required'*) sudo_state='asks for a password' ;;
    no:*'incorrect password'* | no:*'Sorry, try again'*) sudo_state='refused the password' ;;
    no:*) sudo_state='not allowed' ;;
    *) sudo_state=used ;;
  esac
  [ "$use_sudo" != no ] && [ "$timeout_style" = new ] || return 0
  sudo_timeout=yes
  through_sudo id >/dev/null 2>&1 || sudo_timeout=no
}

# refuse COMMAND…: notes that this command, as it stands here, is one that root would have to allow.
refuse() {
  # A process has another number tomorrow.
  case $* in */proc/[0-9]*) return 0 ;; esac
  has "$1" || return 0
  refused=$(command -v "$1")
  shift
  for word in "$@"; do refused="$refused $(sudoers_word "$word")"; done
  case $newline$needs in *"$newline$refused$newline"*) ;; *) needs="$needs$refused$newline" ;; esac
}
# sudoers_word WORD: as sudoers wants it: its own marks and blanks behind a backslash.
sudoers_word() { printf '%s' "$1" | sed 's/[][\\,:= *?!]/\\&/g'; }

# sudo_facts: whether root was to be had, and the commands that would have needed it.
sudo_facts() {
  # By this one it is seen next time that the deadline may stand before the others.
  [ -z "$needs" ] || [ "$timeout_style" != new ] || refuse id
  printf 'account: %s\nsudo: %s\n' "$(id -un 2>/dev/null || id -u)" "$sudo_state"
  [ "$timeout_style" != new ] || printf 'deadline: %s -s KILL %s\n' "$(command -v timeout)" "$deadline"
  printf '%s' "$needs" | sed 's/^/root: /'
}

# complaint: collects standard error into the last line of the captured output: STATUS TEXT.
complaint() {
  text=''
  code=''
  while IFS= read -r line; do
    case $line in
      'exit status '*) code=${line#exit status } ;;
      *) [ ${#text} -gt 300 ] || text="$text $line" ;;
    esac
  done
  printf '\n%s%s' "$code" "$text"
}

# capture COMMAND…: sets $out (standard output, byte for byte but for NULs), $status and $why (a reason for `fail`).
capture() {
  {
    out=$({ { "$@"; printf 'exit status %s\n' "$?" >&2; } 2>&1 1>&3 3>&- | complaint; } 3>&1)
  } 2>/dev/null
  last=$(printf '%s' "$out" | tail -n 1)
  out=${out%"$newline$last"}
  status=${last%% *}
  detail=${last#"$status"}
  why=''
  [ "$status" != 0 ] || return 0
  asked=$1
  case $1 in rooted | limit | contents | servers_own) shift ;; esac
  case $status:$detail in
    124:* | 137:* | 143:*) why="timed-out: $1 gave no answer within $deadline s" ;;
    *[Pp]'ermission denied'* | *'must be root'* | *'not permitted'* | *'password is required'* | *'must have a tty'* | \
      *'not allowed'* | *'not in the sudoers'* | *'need to be root'*)
      why="denied: $1:$detail"
      case $asked in
        rooted) refuse "$@" ;;
        contents) refuse cat "$1" ;;
        servers_own) refuse ls -lnLd "$1"; refuse cat "$1" ;;
      esac
      ;;
    127:*) why="not-installed: $1: not found" ;;
    *'No such file'*) why="not-installed:$detail" ;;
    *) why="not-gathered: $1 ended with $status:$detail" ;;
  esac
  return 1
}

# take NAME COMMAND…: the command's output as an item, or why not.
take() {
  name=$1
  shift
  case $1 in
    rooted | limit) has "$2" || { fail "$name" "not-installed: $2: not found"; return 1; } ;;
  esac
  if capture "$@"; then emit "$name" "$out"; else fail "$name" "$why"; return 1; fi
}

# contents FILE: its text on standard output.
contents() {
  if [ -r "$1" ]; then limit cat "$1"; else rooted cat "$1"; fi
}
# take_file NAME FILE: a file as an item when it exists; an item that is denied says so.
take_file() {
  [ -e "$2" ] || return 1
  [ -f "$2" ] || { fail "$1" "not-gathered: $2 is not a regular file"; return 1; }
  take "$1" contents "$2"
}
# link_target FILE: where a symbolic link leads, root's view.
link_target() { readlink "$1" 2>/dev/null || { [ "$use_sudo" != no ] && rooted readlink "$1" 2>/dev/null; }; }

# in_kernel MODULE SYMBOL: the module is loaded or built in, so that asking it loads nothing.
in_kernel() {
  [ -e /proc/modules ] || return 0
  [ -d "/sys/module/$1" ] && return 0
  grep -q "^$1 " /proc/modules && return 0
  grep -q "/$1\\.ko" "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null && return 0
  grep -q " $2\$" /proc/kallsyms 2>/dev/null
}

# running NAME: a process of that name exists.
running() {
  case $processes in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# show FILE…: files under a heading each, as `tail -v` prints them.
show() {
  for shown in "$@"; do
    [ -r "$shown" ] || continue
    printf '==> %s <==\n' "$shown"
    limit cat "$shown"
  done
}

# --- the kernel's rules -----------------------------------------------------------------------------------------------

# save_rules iptables|ip6tables /proc/net/…_names: every backend that holds rules, never one that would have to be loaded.
# Sets $saved to what was had, for the front ends' status.
save_rules() {
  family=$1
  saved=$newline
  plain=''
  backend=''
  if has "$family-save"; then
    backend=legacy
    case $(readlink -f "$(command -v "$family-save")") in *nft*) backend=nft ;; esac
    has "$family-legacy-save" || has "$family-nft-save" || plain=host/$family-save.txt
  fi

  item=host/$family-legacy-save.txt
  tool=$family-legacy-save
  has "$tool" || [ "$backend" != legacy ] || tool=$family-save
  if [ ! -e "$2" ]; then
    fail "$item" 'not-installed: no legacy table is loaded'
  elif ! capture contents "$2"; then
    fail "$item" "$why"
    rules_hidden=yes
  elif [ -z "$out" ]; then
    fail "$item" 'not-installed: no legacy table is loaded'
  elif ! has "$tool"; then
    fail "$item" "not-gathered: legacy tables are loaded ($(printf '%s' "$out" | tr '\n' ' ')), but there is no $tool"
    rules_hidden=yes
  elif [ -n "$plain" ]; then
    save "$plain" "$tool"
    fail "$item" "not-gathered: the legacy tables are in $plain"
  else
    save "$item" "$tool"
  fi

  item=host/$family-nft-save.txt
  tool=$family-nft-save
  has "$tool" || [ "$backend" != nft ] || tool=$family-save
  if ! in_kernel nf_tables nft_do_chain; then
    fail "$item" 'not-installed: nf_tables is not loaded in the kernel'
  elif ! has "$tool"; then
    fail "$item" "not-installed: $tool: not found"
  elif [ -n "$plain" ] && [ "$backend" = nft ]; then
    save "$plain" "$tool"
    fail "$item" "not-gathered: the tables of this backend are in $plain"
  else
    save "$item" "$tool"
  fi
}
# save ITEM TOOL: adds what it printed to $saved.
save() {
  if ! capture rooted "$2" -c; then
    fail "$1" "$why"
    rules_hidden=yes
  elif [ -z "$out" ] && [ "$2" != "$family-legacy-save" ]; then
    fail "$1" "not-installed: $2 shows no table"
  else
    emit "$1" "$out"
    saved="$saved$out$newline"
  fi
}

nft_ruleset() {
  if ! in_kernel nf_tables nft_do_chain; then
    fail host/nft-ruleset.json 'not-installed: nf_tables is not loaded in the kernel'
  elif ! has nft; then
    fail host/nft-ruleset.json 'not-gathered: nf_tables is loaded, but there is no nft to list its rules'
  elif capture rooted nft -j list ruleset && [ -n "$out" ]; then
    case $out in
      '{'*) emit host/nft-ruleset.json "$out" ;;
      *) take host/nft-ruleset.txt rooted nft -a list ruleset ;;
    esac
  else
    case $why in
      denied:* | timed-out:*) fail host/nft-ruleset.json "$why" ;;
      *) take host/nft-ruleset.txt rooted nft -a list ruleset || fail host/nft-ruleset.json "$why" ;;
    esac
  fi
}

ipset_save() {
  if ! in_kernel ip_set ip_set_add; then
    fail host/ipset-save.txt 'not-installed: ip_set is not loaded in the kernel'
  elif ! has ipset; then
    if [ "$rules_hidden" = no ]; then
      case $rules$rules6 in
        *match-set* | *'-j SET'*) ;;
        *) fail host/ipset-save.txt 'not-installed: ipset: not found'; return ;;
      esac
    fi
    fail host/ipset-save.txt 'not-gathered: ip_set is in the kernel, but there is no ipset to list its sets'
  else
    take host/ipset-save.txt rooted ipset save
  fi
}

# state_by_chain CHAIN RULES: running, stopped, or unknown when the kernel's rules could not all be read.
state_by_chain() {
  case $2 in
    *"$newline:$1 "*) printf running ;;
    *) if [ "$rules_hidden" = yes ]; then printf unknown; else printf stopped; fi ;;
  esac
}

# front_end_files NAME DIRECTORY FILE…: the named files below the directory.
front_end_files() {
  front_end=$1
  directory=$2
  shift 2
  for file in "$@"; do
    [ -f "$directory/$file" ] && take_file "host/$front_end/$file" "$directory/$file"
  done
}

# shorewall_files NAME: `shorewall status` itself would run `iptables -L`, which may load modules; so its words are put together
# from the state file that it reads and from the chain by which it tells whether it runs.
shorewall_files() {
  if ! [ -d "/etc/$1" ] && ! has "$1"; then
    fail "host/$1/status.txt" "not-installed: $1: not found"
    return
  fi
  case $1 in
    shorewall6) state=$(state_by_chain shorewall "$rules6") product=Shorewall6 ;;
    shorewall-lite) state=$(state_by_chain shorewall "$rules") product='Shorewall Lite' ;;
    *) state=$(state_by_chain shorewall "$rules") product=Shorewall ;;
  esac
  release=$(cat "/usr/share/$1/version" 2>/dev/null)
  [ -z "$release" ] || emit "host/$1/version.txt" "$release$newline"
  recorded=''
  if [ -e "/var/lib/$1/state" ] && capture contents "/var/lib/$1/state"; then recorded=${out%"$newline"}; fi
  if [ "$state" = unknown ]; then
    fail "host/$1/status.txt" "denied: whether the chain shorewall stands in the kernel's rules could not be read"
  else
    emit "host/$1/status.txt" "$product-$release Status at $(uname -n) - $(date -u)$newline$newline$product is $state${newline}State:$recorded$newline"
  fi
  directory=/etc/$1
  for file in "$directory"/* "$directory"/rules.d/*; do
    [ -f "$file" ] || continue
    base=${file#"$directory"/}
    case $base in
      *params* | *~ | *.bak | *.swp | *.dpkg-* | *.rpm*) continue ;;
      zones | interfaces | policy | rules | hosts | blrules | blacklist | stoppedrules | routestopped | conntrack | masq | \
        snat | nat | netmap | tunnels | providers | rtrules | routes | maclist | mangle | tcrules | notrack | proxyarp | \
        accounting | actions | nfacct | ecn | tos | secmarks | arprules | "$1.conf" | action.* | macro.* | rules.d/*)
        take_file "host/$1/$base" "$file"
        ;;
    esac
  done
  [ ! -f "/etc/default/$1" ] || take_file "host/$1/default" "/etc/default/$1"
  file_list "host/$1/files.json" "$directory"/* "/var/lib/$1/state" "/var/lib/$1/firewall" "/var/lib/$1/.restore"
}

ufw_files() {
  if ! [ -d /etc/ufw ] && ! has ufw; then
    fail host/ufw/status.txt 'not-installed: ufw: not found'
    return
  fi
  state=$(state_by_chain ufw-user-input "$rules")
  case $state in
    unknown) fail host/ufw/status.txt "denied: whether ufw's chains stand in the kernel's rules could not be read" ;;
    running) emit host/ufw/status.txt "Status: active$newline" ;;
    *) emit host/ufw/status.txt "Status: inactive$newline" ;;
  esac
  for directory in /var/lib/ufw /lib/ufw /etc/ufw; do
    front_end_files ufw "$directory" ufw.conf user.rules user6.rules before.rules before6.rules after.rules after6.rules \
      sysctl.conf
  done
  [ ! -f /etc/default/ufw ] || take_file host/ufw/default /etc/default/ufw
}

firewalld_files() {
  if ! [ -d /etc/firewalld ] && ! has firewalld; then
    fail host/firewalld/state.txt 'not-installed: firewalld: not found'
    return
  fi
  if ! running firewalld && [ -n "$processes_hidden" ]; then
    fail host/firewalld/state.txt "$processes_hidden"
  elif running firewalld; then
    emit host/firewalld/state.txt "running$newline"
    take host/firewalld/zones.txt rooted firewall-cmd --list-all-zones
    take host/firewalld/direct.txt rooted firewall-cmd --direct --get-all-rules
  else
    emit host/firewalld/state.txt "not running$newline"
  fi
  for file in /etc/firewalld/*.conf /etc/firewalld/*.xml /etc/firewalld/zones/*.xml /etc/firewalld/services/*.xml \
    /etc/firewalld/policies/*.xml /etc/firewalld/ipsets/*.xml; do
    [ -f "$file" ] && take_file "host/firewalld/${file#/etc/firewalld/}" "$file"
  done
}

# persistent FAMILY-ITEM FILE…: the first of the files that a reboot would load.
persistent() {
  item=$1
  shift
  for file in "$@"; do
    if [ -e "$file" ]; then take_file "$item" "$file"; return; fi
  done
  fail "$item" "not-installed: none of $*"
}

# --- network and machine ----------------------------------------------------------------------------------------------

# ip_facts NAME ARGUMENTS…: as JSON where `ip` knows it, else as text.
ip_facts() {
  item=$1
  shift
  if ! has ip; then
    if has ifconfig && [ "$item" = ip-addr ]; then
      fail "host/$item.json" 'not-gathered: there is no ip, only ifconfig'
    else
      fail "host/$item.json" 'not-installed: ip: not found'
    fi
  elif capture limit ip -j "$@" && case $out in '['*) true ;; *) false ;; esac; then
    emit "host/$item.json" "$out"
  else
    case $why in
      timed-out:*) fail "host/$item.json" "$why" ;;
      *) take "host/$item.txt" limit ip "$@" || fail "host/$item.json" "$why" ;;
    esac
  fi
}

# sysctls: NAME = VALUE as sysctl(8) writes them: separators become dots, a dot in an interface's name a slash. Read by
# grep, for a shell reads byte by byte, and these files give their first byte only to such a reader.
sysctls() {
  cd /proc/sys/net || return
  grep -s '' ipv4/ip_forward ipv4/conf/*/rp_filter ipv4/conf/*/accept_local ipv4/conf/*/log_martians \
    ipv4/conf/*/arp_ignore ipv4/conf/*/arp_filter ipv4/conf/*/arp_announce ipv4/conf/*/forwarding \
    ipv4/conf/*/route_localnet ipv4/conf/*/src_valid_mark ipv4/tcp_syncookies ipv4/tcp_max_syn_backlog \
    ipv4/tcp_tw_recycle ipv4/tcp_tw_reuse ipv4/tcp_timestamps ipv4/tcp_abort_on_overflow ipv4/tcp_keepalive_time \
    ipv4/tcp_keepalive_intvl ipv4/tcp_keepalive_probes ipv4/tcp_retries2 ipv4/tcp_synack_retries core/somaxconn \
    core/netdev_max_backlog netfilter/nf_conntrack_* netfilter/nf_log_all_netns bridge/bridge-nf-call-iptables \
    ipv6/conf/*/disable_ipv6 ipv6/conf/*/forwarding ipv6/bindv6only |
    while IFS=: read -r file value; do
      case $file in
        *.*) file=$(printf '%s' "$file" | tr './' '/.') ;;
        */*/*/*) file=${file%%/*}.${file#*/}; file=${file%%/*}.${file#*/}; file=${file%%/*}.${file#*/} ;;
        *) file=${file%%/*}.${file#*/} ;;
      esac
      printf 'net.%s = %s\n' "$file" "$value"
    done
  cd /proc/sys && grep -s '' vm/overcommit_memory vm/swappiness fs/file-max | sed 's,/,.,; s,:, = ,'
}

# sockets: listening TCP sockets with process and user. Asked over netlink, ss would load tcp_diag; told where /proc is, it
# reads that instead.
sockets() {
  # Without root it shows the sockets and hides whose they are.
  [ "$sudo_state" = root ] || [ "$use_sudo" != no ] || refuse ss -ltnpe
  if has ss && in_kernel tcp_diag tcp_diag_get_info; then
    take host/ss.txt rooted ss -ltnpe
  elif has ss && [ "$use_sudo" = no ]; then
    PROC_ROOT=/proc
    export PROC_ROOT
    take host/ss.txt limit ss -ltnpe
    unset PROC_ROOT
  elif has netstat; then
    # -p is not in every netstat.
    if capture rooted netstat -ltnp || capture limit netstat -ltn; then
      emit host/netstat.txt "$out"
    else
      fail host/netstat.txt "$why"
    fi
  elif has ss; then
    take host/ss.txt rooted env PROC_ROOT=/proc ss -ltnpe
  else
    take host/netstat.txt sockets_of_kernel
  fi
}

# sockets_of_kernel: the same from /proc/net/tcp, as netstat prints it; the processes of PostgreSQL servers alone.
sockets_of_kernel() {
  {
    printf '\1\0' | od -An -tu2
    for pid in $postmasters; do
      rooted ls -l "/proc/$pid/fd" 2>/dev/null | sed -n "s/.*socket:\[\([0-9]*\)\]\$/\1 $pid/p"
    done
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
  } | awk '
    function number(hex,   i, value) {
      value = 0
      for (i = 1; i <= length(hex); i++) value = value * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
      return value
    }
    function word(text, at) { # four bytes in the order of the network
      text = substr(text, at, 8)
      if (little) text = substr(text, 7, 2) substr(text, 5, 2) substr(text, 3, 2) substr(text, 1, 2)
      return text
    }
    function address(text,   result, i) {
      if (length(text) == 8) {
        text = word(text, 1)
        return number(substr(text, 1, 2)) "." number(substr(text, 3, 2)) "." number(substr(text, 5, 2)) "." number(substr(text, 7, 2))
      }
      if (text ~ /^0+$/) return "::"
      result = ""
      for (i = 1; i <= 25; i += 8) result = result (i > 1 ? ":" : "") substr(word(text, i), 1, 4) ":" substr(word(text, i), 5, 4)
      return tolower(result)
    }
    NR == 1 { little = ($1 == 1); print "Proto Recv-Q Send-Q Local Address Foreign Address State PID/Program name"; next }
    NF == 2 { process[$1] = $2; next }
    $4 == "0A" {
      split($2, local, ":")
      version6 = length(local[1]) > 8
      owner = ($10 in process) ? process[$10] "/postgres" : "-"
      print (version6 ? "tcp6" : "tcp") " 0 0 " address(local[1]) ":" number(local[2]) " " (version6 ? ":::*" : "0.0.0.0:*") " LISTEN " owner
    }'
}

# counters: the kernel's network counters in the form of `nstat -as`, which itself may write a history file.
counters() {
  cat /proc/net/snmp /proc/net/netstat | awk '
    BEGIN { print "#kernel" }
    { prefix = $1; sub(/:$/, "", prefix) }
    prefix != heading { heading = prefix; names = split($0, name); next }
    { for (i = 2; i <= names; i++) printf "%-32s %-18s 0.0\n", prefix name[i], $i; heading = "" }'
}

connection_tracking() {
  for key in nf_conntrack_count nf_conntrack_max nf_conntrack_buckets; do
    value=$(cat "/proc/sys/net/netfilter/$key" 2>/dev/null) && printf 'net.netfilter.%s = %s\n' "$key" "$value"
  done
  show /proc/net/stat/nf_conntrack
  return 0
}

# kernel_log: the lines that name the flow's port or one of its addresses.
kernel_log() {
  pattern="(DPT|SPT)=$port( |\$)"
  for address in $addresses; do
    quoted=$(printf '%s' "$address" | sed 's/[.]/[.]/g')
    pattern="$pattern|(^|[^0-9a-fA-F.:])$quoted([^0-9a-fA-F.:]|\$)"
  done
  if has dmesg && { capture rooted dmesg --time-format iso || capture rooted dmesg; }; then
    log=$out
  elif has journalctl && capture rooted journalctl -k --no-pager -q -n 20000 -o short-iso; then
    log=$out
  elif [ -r /var/log/kern.log ] && capture limit tail -c 4000000 /var/log/kern.log; then
    log=$out
  else
    fail host/kernel-log.txt "${why:-not-installed: dmesg: not found}"
    return
  fi
  capture matching "$log" "$pattern"
  emit host/kernel-log.txt "$out"
}
matching() { printf '%s\n' "$1" | grep -E "$2" | tail -n 2000; }

# process_list: no arguments, for these hold secrets.
process_list() {
  limit ps -eo pid,ppid,user,stat,pcpu,rss,etime,comm 2>/dev/null || limit ps -o pid,ppid,user,stat,rss,comm 2>/dev/null ||
    limit ps -o pid,user,comm
}

units() {
  systemctl_known='postgres|patroni|repmgr|pgbouncer|haproxy|pgpool|pacemaker|corosync|shorewall|ufw|firewalld|nftables|iptables|netfilter|ipset|docker|fail2ban|puppet|chef|salt|cron|stolon|etcd|consul|barman|csf|lfd'
  printf '# systemctl list-units\n'
  limit systemctl list-units --all --no-legend --no-pager --plain --type=service --type=socket --type=timer |
    grep -E "$systemctl_known"
  printf '# systemctl list-unit-files\n'
  limit systemctl list-unit-files --no-legend --no-pager | grep -E "$systemctl_known"
  for unit in $cluster_units; do
    printf '# systemctl show %s\n' "$unit"
    limit systemctl show "$unit" -p Id -p ActiveState -p SubState -p UnitFileState -p Restart -p TimeoutStopUSec \
      -p TimeoutStartUSec -p IPAddressAllow -p IPAddressDeny -p RestrictAddressFamilies -p SocketBindAllow \
      -p SocketBindDeny -p PrivateNetwork -p MemoryMax -p TasksMax -p LimitNOFILE -p NRestarts
  done
  return 0
}

# services: the same where there is no systemd.
services() {
  for file in /etc/rc[2345S].d/S* /etc/runlevels/*/*; do
    [ ! -e "$file" ] || printf '%s\n' "$file"
  done
  # Upstart's jobs that something starts, and that nobody has made manual.
  for file in /etc/init/*.conf; do
    grep -qs '^[[:space:]]*start on' "$file" || continue
    cat "$file" "${file%.conf}.override" 2>/dev/null | grep -q '^[[:space:]]*manual' || printf '%s\n' "$file"
  done
}

# disk_space: LABEL and `df` of the cluster's directories; blocks first, then inodes.
disk_space() {
  printf '%s\n' "$cluster_places" | while IFS="$tab" read -r label shown place; do
    [ -n "$place" ] || continue
    printf '# %s: %s\n' "$label" "$shown"
    rooted df -kP "$place"
    rooted df -iP "$place" 2>/dev/null
  done
  printf '# all\n'
  limit df -kPl 2>/dev/null || limit df -kP
}

machine_load() {
  printf '==> processors <==\n'
  grep -c '^processor' /proc/cpuinfo
  show /proc/loadavg /proc/uptime
  printf '==> /proc/meminfo <==\n'
  grep -E '^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree|Dirty|Shmem|HugePages_Total|HugePages_Free|CommitLimit|Committed_AS):' /proc/meminfo
  printf '==> /proc/stat <==\n'
  grep -E '^(cpu|btime|procs_running|procs_blocked)' /proc/stat
  show /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory /proc/diskstats
  return 0
}

# cron_jobs: when, who and which program; never the arguments, but the known words among them.
cron_jobs() {
  for file in /etc/crontab /etc/cron.d/* /etc/anacrontab /var/spool/cron/* /var/spool/cron/crontabs/* /etc/crontabs/*; do
    [ -f "$file" ] || continue
    case $file in */.* | *~) continue ;; esac
    user=no
    case $file in /etc/crontab | /etc/cron.d/*) user=yes ;; esac
    capture contents "$file" || { printf '# %s: %s\n' "$file" "$why"; continue; }
    printf '# %s\n' "$file"
    printf '%s\n' "$out" | awk -v user="$user" -v file="$file" '
      /^[ \t]*(#|$)/ || /^[ \t]*[A-Za-z_]+[ \t]*=/ { next }
      {
        fields = ($1 ~ /^@/) ? 1 : (file ~ /anacrontab/ ? 3 : 5)
        last = fields + (user == "yes" ? 1 : 0)
        line = $1
        for (i = 2; i <= last; i++) line = line " " $i
        program = ""
        for (i = last + 1; i <= NF && program == ""; i++) if ($i !~ /=/) program = $i
        if (program !~ /^[A-Za-z0-9_.\/\[-]+$/) program = "(program)"
        words = ""
        n = split("pg_dump pg_dumpall pg_basebackup pgbackrest barman wal-g wal-e psql vacuumdb reindexdb pg_repack repmgr patronictl rsync iptables nft ipset shorewall ufw firewall-cmd ansible puppet chef-client salt-call reboot shutdown systemctl service", known, " ")
        for (i = 1; i <= n; i++) if (index($0, known[i]) && program !~ (known[i] "$")) words = words " " known[i]
        # Of its own: older awks take a name before a parenthesis for a function.
        if (words != "") words = "  # names:" words
        print line " " program words
      }'
  done
  [ ! -d /etc/cron.daily ] || ls -d /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* 2>/dev/null
  if has systemctl; then limit systemctl list-timers --all --no-legend --no-pager 2>/dev/null; fi
  return 0
}

# managers: who else writes these files or starts and stops the server: NAME: how it was seen.
managers() {
  for process in puppet chef-client salt-minion cf-agent cf-execd patroni repmgrd pacemakerd corosync keepalived pgbouncer \
    pgpool haproxy stolon-keeper pg_autoctl pgagent odyssey pgcat supavisor etcd consul kubelet dockerd firewalld \
    fail2ban-server lfd crowdsec sshguard; do
    running "$process" && printf '%s: process\n' "$process"
  done
  for place in /etc/puppet /etc/puppetlabs /opt/puppetlabs /etc/chef /etc/cinc /etc/salt /var/cfengine /etc/ansible \
    /root/.ansible /etc/patroni /etc/patroni.yml /etc/repmgr.conf /etc/repmgr /etc/corosync /etc/pgbouncer /etc/pgpool2 \
    /etc/haproxy /etc/csf /etc/fail2ban /etc/cloud/cloud.cfg /etc/netplan /etc/etckeeper; do
    [ -e "$place" ] && printf '%s: exists\n' "$place"
  done
  for file in $managed_files /etc/shorewall/rules /etc/iptables/rules.v4 /etc/sysconfig/iptables /etc/nftables.conf \
    /etc/shorewall/blrules /etc/ufw/user.rules /etc/ufw/user6.rules /etc/ufw/before.rules /etc/firewalld/zones/*.xml; do
    exists "$file" || continue
    contents "$file" 2>/dev/null | head -n 20 |
      grep -iE '^[ \t]*[#;].*(managed|puppet|ansible|chef|salt|terraform|patroni|do not edit|overwritten|cloud-init)' |
      cut -c 1-200 | while IFS= read -r line; do printf '%s: says: %s\n' "$file" "$line"; done
  done
  for pid in $postmasters; do
    parent=$(parent_of "$pid")
    [ "${parent:-1}" -gt 1 ] || continue
    name=$(name_of "$parent")
    printf 'postgres %s: started by process %s (%s)\n' "$pid" "$parent" "$name"
  done
  return 0
}

machine() {
  for file in /etc/os-release /usr/lib/os-release /etc/redhat-release /etc/alpine-release /etc/debian_version /etc/lsb-release; do
    [ -r "$file" ] && { limit cat "$file"; break; }
  done
  printf 'HOSTNAME="%s"\nKERNEL="%s"\n' "$(uname -n)" "$(uname -srm)"
  value=$(cat /sys/class/dmi/id/board_asset_tag 2>/dev/null)
  case $value in i-*) printf 'EC2_INSTANCE_ID="%s"\n' "$value" ;; esac
  for file in /.dockerenv /run/.containerenv; do [ -e "$file" ] && printf 'CONTAINER="%s"\n' "$file"; done
  printf 'GATHERED_AS="%s"\n' "$(id -un 2>/dev/null || id -u)"
}

docker_facts() {
  if ! running dockerd; then
    fail host/docker.txt "${processes_hidden:-not-installed: no dockerd is running}"
  else
    take host/docker.txt rooted docker ps --no-trunc \
      --format '{{.ID}} {{.Names}} image={{.Image}} networks={{.Networks}} ports={{.Ports}}'
  fi
}

fail2ban_facts() {
  if ! running fail2ban-server; then
    fail host/fail2ban.txt "${processes_hidden:-not-installed: no fail2ban-server is running}"
  elif take host/fail2ban.txt rooted fail2ban-client status; then
    jails=$(printf '%s\n' "$out" | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ',')
    for jail in $jails; do take "host/fail2ban/$jail.txt" rooted fail2ban-client status "$jail"; done
  fi
}

security_modules() {
  # RHEL 6 has it below the root.
  enforce=/sys/fs/selinux/enforce
  [ -r "$enforce" ] || enforce=/selinux/enforce
  if [ -r "$enforce" ]; then
    if [ "$(cat "$enforce")" = 1 ]; then printf 'selinux: Enforcing\n'; else printf 'selinux: Permissive\n'; fi
    for pid in $postmasters; do
      value=$({ tr -d '\0' <"/proc/$pid/attr/current"; } 2>/dev/null)
      [ -z "$value" ] || printf 'context of %s: %s\n' "$pid" "$value"
    done
  else
    printf 'selinux: Disabled\n'
  fi
  value=$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) && printf 'apparmor: %s\n' "$value"
  return 0
}

# early_drops: what may drop a packet before netfilter sees it.
early_drops() {
  if has ip; then printf '# ip -d link\n'; limit ip -d link; fi
  if has tc; then
    printf '# tc qdisc\n'
    limit tc qdisc show
    for file in /sys/class/net/*; do
      interface=${file##*/}
      for hook in ingress egress; do
        filters=$(limit tc filter show dev "$interface" "$hook" 2>/dev/null)
        [ -z "$filters" ] || printf '# tc filter show dev %s %s\n%s\n' "$interface" "$hook" "$filters"
      done
    done
  elif grep -qs '^sch_ingress ' /proc/modules; then
    # Loaded by whoever made such a qdisc, and nothing here shows it.
    printf '# tc: not found, and sch_ingress is loaded\n'
  fi
  return 0
}

# --- PostgreSQL: which clusters run ----------------------------------------------------------------------------------

# parent_of PID: read from /proc/PID/stat behind the last parenthesis.
parent_of() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) ? }
  printf '%s' "${stat%% *}"
}

# name_of PID: the name of a process; kernels before 2.6.33 have no /proc/PID/comm.
name_of() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat#*\(}
  printf '%s' "${stat%)*}"
}

# look_at_processes: sets $processes (their names, blank before and after each), $postmasters (PIDs of servers), and
# $processes_hidden: why those of others are not seen, where that is so.
look_at_processes() {
  processes_hidden=''
  { read -r stat </proc/1/stat; } 2>/dev/null || processes_hidden='denied: the processes of other users are hidden here (hidepid)'
  processes=' '
  servers=' '
  postmasters=''
  for directory in /proc/[0-9]*; do
    { read -r stat <"$directory/stat"; } 2>/dev/null || continue
    name=${stat#*\(}
    name=${name%)*}
    processes="$processes$name "
    case $name in postgres | postmaster | edb-postgres | edb-postmaster) servers="$servers${directory#/proc/} " ;; esac
  done
  for pid in $servers; do
    parent=$(parent_of "$pid") || continue
    case $servers in *" $parent "*) ;; *) postmasters="$postmasters $pid" ;; esac
  done
}

# arguments PID: the command line, one argument a line, secrets out.
arguments() {
  { tr '\0' '\n' <"/proc/$1/cmdline"; } 2>/dev/null | awk '
    tolower($0) ~ /(passw|secret|conninfo|_command|token)[^=]*=/ { sub(/=.*/, "=(removed)") }
    { print }'
}

# data_argument: of a command line, the directory behind -D.
data_argument() { awk 'next_is { print; exit } $0 == "-D" { next_is = 1; next } /^-D./ { print substr($0, 3); exit }'; }

# option_value NAME: from $arguments, the last of `-c NAME=V`, `-cNAME=V` and `--NAME=V`.
option_value() {
  printf '%s\n' "$arguments" | awk -v name="$1" '
    { key = $0; sub(/^(-c|--)/, "", key); gsub(/-/, "_", key) }
    index(key, name "=") == 1 { value = $0; sub(/^[^=]*=/, "", value) }
    END { print value }'
}

# in_cluster PATH: the path as seen from this namespace (a server in a container has a root of its own).
in_cluster() { printf '%s%s' "$cluster_root" "$1"; }

# hidden FILE: whether it is there cannot be told by whoever runs this.
hidden() {
  [ -e "$1" ] && return 1
  above=${1%/*}
  while [ -n "$above" ] && ! [ -e "$above" ]; do above=${above%/*}; done
  ! [ -x "${above:-/}" ]
}
# exists FILE: 0 yes, 1 no, 2 where nobody but root could say.
exists() {
  [ -e "$1" ] && return 0
  hidden "$1" || return 1
  seen=$(rooted ls -d "$1" 2>&1 >/dev/null) && return 0
  case $seen in *'No such file'*) return 1 ;; esac
  refuse ls -d "$1"
  return 2
}

# servers_own FILE: its text, when the server itself could read it. Whoever owns a server names its files; root must not
# print for them what they could not read.
servers_own() {
  listed=$(rooted ls -lnLd "$1") || return 1
  printf '%s\n' "$listed" | {
    read -r mode _ owner group _
    readable=no
    case $mode in -r????????*) [ "$owner" != "$user" ] || readable=yes ;; esac
    case $mode in -???r?????*) case " $server_groups " in *" $group "*) readable=yes ;; esac ;; esac
    case $mode in -??????r??*) readable=yes ;; esac
    if [ "$readable" = yes ]; then
      contents "$1"
    else
      printf '%s is not a file that the server may read\n' "$1" >&2
      return 1
    fi
  }
}

# settings_text FILE DEPTH: a postgresql.conf and behind it what it includes.
settings_text() (
  [ "$2" -le 10 ] || exit 0
  text=$(servers_own "$(in_cluster "$1")" 2>/dev/null)
  printf '%s\n' "$text"
  printf '%s\n' "$text" | setting_references | while IFS="$tab" read -r kind path; do
    case $path in /*) ;; *) path=${1%/*}/$path ;; esac
    if [ "$kind" = include_dir ]; then
      rooted ls "$(in_cluster "$path")" 2>/dev/null | grep '^[^.].*\.conf$' | while IFS= read -r entry; do
        settings_text "$path/$entry" "$(($2 + 1))"
      done
    else
      settings_text "$path" "$(($2 + 1))"
    fi
  done
)

# library_directory: where the server's loadable modules lie, from where its program lies.
library_directory() {
  prefix=${exe%/*}
  prefix=${prefix%/*}
  for place in "$prefix/lib" "$prefix/lib/postgresql" "$prefix/lib64/pgsql" "$prefix/lib/pgsql" "$prefix/lib64/postgresql" \
    "$prefix/lib/postgresql$version" "$prefix/lib/postgresql/$version/lib" /usr/lib64/pgsql "/usr/lib/postgresql$version" \
    /usr/lib/postgresql; do
    exists "$(in_cluster "$place")/plpgsql.so" && { printf '%s' "$place"; return; }
  done
}

# Where a server or a file of settings says it: `name = 'value'` or `name value`, the last one that counts.
setting_in() {
  printf '%s\n' "$2" | awk -v name="$1" '
    { line = $0; sub(/^[ \t]+/, "", line) }
    tolower(substr(line, 1, length(name))) == name && substr(line, length(name) + 1) ~ /^[ \t]*[= \t]/ {
      value = substr(line, length(name) + 1)
      sub(/^[ \t]*=?[ \t]*/, "", value)
      if (substr(value, 1, 1) == "\047") { value = substr(value, 2); sub(/\047.*/, "", value) } else sub(/[ \t#].*/, "", value)
      found = value
    }
    END { print found }'
}

# next_line: takes the first line of $rest into $line. (No here-documents: bash keeps them in temporary files.)
next_line() {
  line=${rest%%"$newline"*}
  case $rest in *"$newline"*) rest=${rest#*"$newline"} ;; *) rest='' ;; esac
}

# look_at_cluster PID: sets the facts of one server.
look_at_cluster() {
  pid=$1
  cluster_root=/proc/$pid/root
  exists "$cluster_root/." || cluster_root=''
  # A root of its own: a container, whose accounts and programs are not this host's; its links may count from ours.
  foreign=no
  jail=''
  its_root=''
  [ -z "$cluster_root" ] || its_root=$(rooted stat -L -c %d:%i "$cluster_root/." 2>/dev/null)
  if [ -n "$its_root" ] && [ "$its_root" != "$(stat -L -c %d:%i / 2>/dev/null)" ]; then
    foreign=yes
    jail=$(link_target "/proc/$pid/root")
    jail=${jail%/}
  fi
  arguments=$(arguments "$pid")
  program=${arguments%%"$newline"*}
  deleted=null
  exe=$(link_target "/proc/$pid/exe")
  if [ -n "$exe" ]; then
    exe=${exe#"$jail"}
    case $exe in *' (deleted)') exe=${exe% (deleted)}; deleted=true ;; *) deleted=false ;; esac
  else
    case $program in /*) exe=$program ;; esac
  fi
  given=$(printf '%s\n' "$arguments" | data_argument)
  working=$(link_target "/proc/$pid/cwd")
  working=${working#"$jail"}
  data=${working:-$given}
  base=/proc/$pid/cwd
  [ -n "$working" ] || base=$(in_cluster "$data")

  user=$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
  accounts=/etc/passwd
  [ "$foreign" = no ] || accounts=$cluster_root/etc/passwd
  os_user=$(contents "$accounts" 2>/dev/null | awk -F: -v uid="$user" '$3 == uid { print $1; exit }')
  server_groups=$(awk '/^(Gid|Groups):/ { $1 = ""; printf "%s", $0 }' "/proc/$pid/status" 2>/dev/null)
  pidfile=''
  if capture servers_own "$base/postmaster.pid"; then pidfile=$out; fi
  unreadable=$why
  rest=$pidfile
  next_line
  pid_line=$line
  next_line
  next_line
  started=$line
  next_line
  cluster_port=$line
  next_line
  socket=$line
  next_line
  listen=$line
  own_pid=$(awk '/^NSpid:/ { print $NF }' "/proc/$pid/status" 2>/dev/null)
  [ -z "$pidfile" ] || [ "$pid_line" = "${own_pid:-$pid}" ] || [ "$pid_line" = "$pid" ] || unreadable="not-gathered: postmaster.pid names process $pid_line"

  version=''
  if capture servers_own "$base/PG_VERSION"; then version=${out%%"$newline"*}; fi
  identifier=''
  if capture rooted od -An -tu8 -N8 "$base/global/pg_control"; then
    identifier=$(printf '%s' "$out" | tr -d ' \n')
    case $identifier in *[!0-9]*) identifier='' ;; esac
  fi
  standby=null
  if [ -n "$pidfile" ]; then
    standby=false
    for file in "$base/standby.signal" "$base/recovery.conf"; do
      exists "$file"
      case $? in
        0) standby=true ;;
        2) [ "$standby" = true ] || standby=null ;;
      esac
    done
  fi

  groups=$(cat "/proc/$pid/cgroup" 2>/dev/null)
  container=$(printf '%s\n' "$groups" | grep -oE '[0-9a-f]{64}' | head -n 1)
  unit=''
  [ -n "$container" ] || unit=$(printf '%s\n' "$groups" | sed -n 's/.*\/\([^/]*\.service\)\(\/.*\)\{0,1\}$/\1/p' | tail -n 1)

  configuration_directory=${given:-$data}
  configuration=$(option_value config_file)
  configuration=${configuration:-$configuration_directory/postgresql.conf}
  settings=$(settings_text "$configuration" 1; servers_own "$base/postgresql.auto.conf" 2>/dev/null)
  hba=$(option_value hba_file)
  hba=${hba:-$(setting_in hba_file "$settings")}
  hba=${hba:-$configuration_directory/pg_hba.conf}

  manager=''
  parent=$(parent_of "$pid")
  parent_command=$({ tr '\0' ' ' <"/proc/${parent:-0}/cmdline"; } 2>/dev/null)
  case $parent_command in
    *patroni*) manager=patroni ;;
    *stolon*) manager=stolon ;;
    *pg_autoctl*) manager=pg_auto_failover ;;
    *manager*instance*run*) manager=cloudnative-pg ;;
  esac
  [ -n "$manager" ] || ! exists "$base/patroni.dynamic.json" || manager=patroni
  [ -n "$manager" ] || ! running repmgrd || manager=repmgr
  [ -n "$manager" ] || ! running pacemakerd || manager=pacemaker
  [ -n "$manager" ] || [ -z "$container" ] || manager=container
  [ -n "$manager" ] || [ -z "$unit" ] || manager=systemd

  log=$(link_target "/proc/$pid/fd/2")
  case $log in /dev/null | pipe:* | socket:* | /dev/pts/* | *deleted*) log='' ;; esac
  libraries=''
  [ -z "$exe" ] || libraries=$(library_directory)
  # What the next start would load besides; a search path of its own could lead elsewhere.
  preloaded=''
  if [ -z "$(setting_in dynamic_library_path "$settings")" ]; then
    preloaded=$(setting_in shared_preload_libraries "$settings" | tr ',' '\n' |
      sed -n 's/^[ "]*//; s,^[$]libdir/,,; s/[ "]*$//; s/\.so$//; /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/p' |
      grep -vE '^(test_decoding|pglogical|pglogical_output|wal2json|decoderbufs|pgoutput)$' | tr '\n' ' ')
  fi
}

plugins() {
  if [ -z "$libraries" ]; then printf null; return; fi
  separator='{'
  for plugin in test_decoding pglogical pglogical_output wal2json decoderbufs pgoutput $preloaded; do
    path=$libraries/$plugin.so
    exists "$(in_cluster "$path")" || path=''
    printf '%s"%s":' "$separator" "$plugin"
    json_or_null "$path"
    separator=,
  done
  printf '}'
}

# one_cluster CHOSEN: the facts of `look_at_cluster` as one JSON object.
one_cluster() {
  printf '{"pid":%s,"chosen":%s,"exe":' "$pid" "$1"
  json_or_null "$exe"
  printf ',"exeDeleted":%s,"version":' "$deleted"
  json_or_null "$version"
  printf ',"dataDirectory":'
  json_or_null "$data"
  printf ',"port":'
  json_number "$cluster_port"
  printf ',"listenAddresses":'
  if [ -n "$pidfile" ]; then json "$listen"; else printf null; fi
  printf ',"socketDirectory":'
  json_or_null "$socket"
  printf ',"startTime":'
  json_or_null "$(instant "$started")"
  printf ',"systemIdentifier":'
  json_or_null "$identifier"
  printf ',"osUser":'
  json_or_null "${os_user:-$user}"
  printf ',"hbaFile":'
  json_or_null "$hba"
  printf ',"configFile":'
  json_or_null "$configuration"
  printf ',"commandLine":'
  json_or_null "$(printf '%s' "$arguments" | tr '\n' ' ')"
  printf ',"unit":'
  json_or_null "$unit"
  printf ',"container":'
  json_or_null "$container"
  printf ',"standbySignal":%s,"managedBy":' "$standby"
  json_or_null "$manager"
  printf ',"logFile":'
  json_or_null "$log"
  printf ',"libraryDirectory":'
  json_or_null "$libraries"
  printf ',"plugins":'
  plugins
  printf ',"unreadable":'
  json_or_null "$unreadable"
  printf '}'
}

# of_this_network PID: it listens in this network namespace, as far as can be told.
of_this_network() {
  theirs=$(link_target "/proc/$1/ns/net")
  [ -z "$theirs" ] || [ "$theirs" = "$(readlink /proc/self/ns/net)" ]
}

# reachable PID: the server listens in this network namespace, or in a container, whose port the host may publish.
reachable() { of_this_network "$1" || leads_to "$1" '' || grep -qE '[0-9a-f]{64}' "/proc/$1/cgroup" 2>/dev/null; }

# ways_from_port: where this host leads those who come to $port: ADDRESS PORT, of translations and of docker's proxy.
ways_from_port() {
  printf '%s\n' "$rules" | sed -n "/--dport $port .*-j DNAT/s/.*--to-destination \([0-9.]*\)\(:\([0-9]*\)\)\{0,1\}.*/\1 \3/p" |
    awk -v port="$port" '{ print $1, ($2 == "" ? port : $2) }'
  for directory in /proc/[0-9]*; do
    case $(name_of "${directory#/proc/}") in docker-proxy) ;; *) continue ;; esac
    arguments "${directory#/proc/}" | awk -v port="$port" '
      { value[before] = $0; before = $0 }
      END { if (value["-host-port"] == port) print value["-container-ip"], value["-container-port"] }'
  done
}

# leads_to PID PORT: one of $ways leads to this server; without PORT, to its network.
leads_to() {
  rest=$ways
  while [ -n "$rest" ]; do
    next_line
    [ -z "$2" ] || [ "${line#* }" = "$2" ] || continue
    contents "/proc/$1/net/fib_trie" 2>/dev/null | grep -q "|-- ${line% *}\$" && return 0
  done
  return 1
}

# choose_cluster: sets $chosen to the server behind $port, or the only one, else $unchosen to the reason.
choose_cluster() {
  chosen=''
  at_port=0
  reached=0
  elsewhere=0
  candidates=$postmasters
  postmasters=''
  ways=''
  case $processes$rules in *docker-proxy* | *'-j DNAT'*) ways=$(ways_from_port) ;; esac
  for pid in $candidates; do
    reachable "$pid" || { elsewhere=$((elsewhere + 1)); continue; }
    given=$(arguments "$pid" | data_argument)
    if ! capture contents "/proc/$pid/cwd/postmaster.pid" && ! { [ "${given#/}" != "$given" ] && capture contents "$given/postmaster.pid"; }; then
      # One that has only the name of a server; but one that may not be looked at may be a server.
      case $why in not-installed:*) continue ;; esac
      out=''
    fi
    postmasters="$postmasters $pid"
    reached=$((reached + 1))
    its_port=$(printf '%s' "$out" | sed -n 4p)
    # In a network of its own, its port is not the host's.
    if of_this_network "$pid"; then [ "$its_port" = "$port" ] || continue; else leads_to "$pid" "$its_port" || continue; fi
    at_port=$((at_port + 1))
    chosen=$pid
  done
  case $((at_port)):$((reached)) in
    1:*) ;;
    0:0)
      unchosen=${processes_hidden:-not-installed: no PostgreSQL server is running here}
      [ "$elsewhere" = 0 ] || unchosen="not-gathered: $elsewhere PostgreSQL servers run here in networks of their own, and nothing shows that port $port leads there"
      ;;
    # The only one that is seen need not be the only one.
    0:1) if [ -z "$processes_hidden" ]; then chosen=${postmasters# }; else chosen='' unchosen=$processes_hidden; fi ;;
    0:*) chosen='' unchosen="not-gathered: $reached clusters run here, none known to have port $port" ;;
    *) chosen='' unchosen="not-gathered: $at_port clusters have port $port" ;;
  esac
}

clusters() {
  choose_cluster
  rows=''
  for pid in $postmasters; do
    look_at_cluster "$pid"
    [ -z "$unit" ] || cluster_units="$cluster_units $unit"
    row=$(one_cluster "$([ "$pid" = "$chosen" ] && echo true || echo false)")
    [ -d "/proc/$pid" ] || continue
    rows="$rows${rows:+,$newline}$row"
  done
  if [ -n "$rows" ]; then emit host/clusters.json "[$newline$rows$newline]$newline"
  elif [ -n "$processes_hidden" ]; then fail host/clusters.json "$processes_hidden"
  else emit host/clusters.json "[]$newline"; fi
}

# --- PostgreSQL: the files of the chosen cluster ---------------------------------------------------------------------

# without_hba_secrets: ldapbindpasswd and radiussecrets lose their values, in comments too, quoted or not, and over a
# line's end where a backslash continues it.
without_hba_secrets() {
  awk '
    function out_of(text,   result, c, i) {
      result = ""
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\"") quoted = !quoted
        else if (!quoted && (c == " " || c == "\t" || c == ",")) { inside = 0; return result substr(text, i) }
      }
      return result
    }
    {
      line = $0; done = ""
      if (inside) {
        line = out_of(line)
        if (inside) { print ($0 ~ /\\$/ ? "\\" : ""); if ($0 !~ /\\$/) inside = 0; next }
      }
      while (match(tolower(line), /(ldapbindpasswd|radiussecrets|password|secret)[ \t]*=/)) {
        before = substr(line, 1, RSTART + RLENGTH - 1)
        rest = substr(line, RSTART + RLENGTH)
        marks = before; quoted = gsub(/"/, "", marks) % 2
        inside = 1
        sub(/^[ \t]+/, "", rest)
        done = done before "(removed)" (quoted ? "\"" : "")
        line = out_of(rest)
        if (inside) { if (rest ~ /\\$/) line = "\\"; else { line = ""; inside = 0 } break }
      }
      print done line
    }' | sed 's,://[^/@ ]*@,://(removed)@,g'
}

# without_setting_secrets: the values of settings that hold commands or secrets, in comments too.
without_setting_secrets() {
  awk '
    function secret(name) {
      return name ~ /_command$/ || name ~ /conninfo|secret|token|credential|private_key|api_key/ ||
        (name ~ /passw/ && name != "password_encryption")
    }
    {
      name = tolower($0)
      sub(/^[ \t#]*/, "", name)
      rest = name
      sub(/[^a-z0-9_.].*/, "", name)
      rest = substr(rest, length(name) + 1)
      if (name != "" && secret(name) && rest ~ /^[ \t]*=?[ \t]*[^ \t=#]/ && rest ~ /^[ \t=]/ && rest !~ /^[ \t]*=?[ \t]*\047\047[ \t\r]*(#.*)?$/) {
        match($0, /^[ \t#]*[A-Za-z0-9_.]+[ \t]*=?[ \t]*/)
        print substr($0, 1, RLENGTH) "\047(removed)\047"
      } else if ($0 ~ /:\/\/[^\/@ ]*@/ || tolower($0) ~ /passw(or)?d[ \t]*=/) {
        match($0, /^[ \t#]*([A-Za-z0-9_.]+[ \t]*=)?[ \t]*/)
        print substr($0, 1, RLENGTH) "\047(removed)\047"
      } else print
    }'
}

# postgres_file ITEM FILE FILTER: one file without its secrets. $files gathers what files.json will list.
postgres_file() {
  if capture servers_own "$(in_cluster "$2")"; then
    text=$out
    # A line for each line: what a filter left in the middle is no file.
    if ! capture filtered "$text" "$3" || [ "$(lines_of "$out")" != "$(lines_of "$text")" ]; then
      fail "$1" "not-gathered: its secrets could not be taken out: ${why:-lines are missing}"
      text=''
      return 1
    fi
    emit "$1" "$out"
    files="$files$1$tab$2$newline"
  else
    text=''
    fail "$1" "$(printf '%s' "$why" | sed "s,$cluster_root/,/,g")"
    return 1
  fi
}
filtered() { printf '%s' "$1" | "$2"; }
# lines_of TEXT: how many; the last one counts whether or not a line feed ends it.
lines_of() { printf '%s' "$1" | awk 'END { print NR }'; }

# item_of PATH ITEM: the name of what ITEM includes as PATH: an absolute one is below postgres/files, another one stands
# where ITEM stands.
item_of() {
  case $1 in
    /*) printf 'postgres/files%s' "$1" ;;
    *) printf '%s/%s' "${2%/*}" "$1" ;;
  esac | sed 's,/\(\./\)*,/,g; s,//*,/,g'
}

# hba_references: what a pg_hba.conf names: `include PATH`, `include_if_exists PATH`, `include_dir PATH`, `list PATH`.
hba_references() {
  awk '
    { sub(/\r$/, "") }
    { line = line $0; if (line ~ /\\$/) { sub(/\\$/, "", line); next } }
    {
      text = line; line = ""
      sub(/^[ \t]+/, "", text)
      if (text ~ /^#/) next
      if (match(text, /^(include|include_if_exists|include_dir)[ \t]+/)) {
        kind = substr(text, 1, RLENGTH); sub(/[ \t]+$/, "", kind)
        path = substr(text, RLENGTH + 1)
        if (path ~ /^"/) { sub(/^"/, "", path); sub(/".*/, "", path) } else sub(/[ \t#,].*/, "", path)
        if (path != "") print kind "\t" path
        next
      }
      n = split(text, token, /[ \t,]+/)
      for (i = 1; i <= n; i++) {
        if (token[i] ~ /^#/) break
        if (token[i] ~ /^@./) { path = substr(token[i], 2); gsub(/"/, "", path); print "list\t" path }
      }
    }'
}

# setting_references: what a postgresql.conf includes, in the same form.
setting_references() {
  awk '
    { line = $0; sub(/\r$/, "", line); sub(/^[ \t]+/, "", line); low = tolower(line) }
    low ~ /^(include|include_if_exists|include_dir)[ \t=\047]/ {
      kind = low; sub(/[^a-z_].*/, "", kind)
      path = substr(line, length(kind) + 1); sub(/^[ \t]*=?[ \t]*/, "", path)
      if (path ~ /^\047/) { path = substr(path, 2); sub(/\047.*/, "", path) } else sub(/[ \t#].*/, "", path)
      if (path != "") print kind "\t" path
    }'
}

# tree FILE FILTER REFERENCES ITEM DEPTH: a file and what it includes, ten levels deep as the server does.
tree() {
  [ "$5" -le 11 ] || return 0
  case $1 in *..*) return 0 ;; esac
  case $newline$files in *"$newline$4$tab"*) return 0 ;; esac
  postgres_file "$4" "$1" "$2" || return 0
  references=$(printf '%s\n' "$text" | "$3")
  # A recursive call overwrites the variables, so that what remains to do is kept in the positional parameters.
  set -- "$1" "$2" "$3" "$4" "$5" "$references"
  while [ -n "$6" ]; do
    rest=$6
    next_line
    set -- "$1" "$2" "$3" "$4" "$5" "$rest"
    kind=${line%%"$tab"*}
    path=${line#*"$tab"}
    item=$(item_of "$path" "$4")
    case $path in /*) file=$path ;; *) file=${1%/*}/$path ;; esac
    case $kind in
      include_dir)
        if capture rooted ls -a "$(in_cluster "$file")"; then
          files="$files$item$tab$file$newline"
          rest=$out
          while [ -n "$rest" ]; do
            next_line
            case $line in
              .*) ;;
              *.conf) set -- "$1" "$2" "$3" "$4" "$5" "include$tab${path%/}/$line$newline$6" ;;
            esac
          done
        else
          fail "$item" "$why"
        fi
        ;;
      list) tree "$file" cat hba_references "$item" "$(($5 + 1))" ;;
      *) tree "$file" "$2" "$3" "$item" "$(($5 + 1))" ;;
    esac
  done
}

# main_file PATH NAME FILTER REFERENCES
main_file() {
  case $1 in
    *..*) fail "postgres/$2" "not-gathered: its path has a .. in it: $1" ;;
    /*) tree "$1" "$3" "$4" "postgres/$2" 1 ;;
    *) fail "postgres/$2" "not-gathered: its path is relative to where the server was started: $1" ;;
  esac
}

stat_format='%s %a %U %Y %Z'
# file_list ITEM FILE…: path, size, owner, mode and times of files, as JSON; of a directory its entries too.
file_list() {
  item=$1
  shift
  if ! has stat; then fail "$item" 'not-installed: stat: not found'; return; fi
  rows=''
  for file in "$@"; do
    row=$(file_times "$file" "$file" '') || { ! hidden "$file" || refuse stat -L -c "$stat_format" "$file"; continue; }
    rows="$rows${rows:+,$newline}$row"
  done
  emit "$item" "[$newline$rows$newline]$newline"
}
file_times() {
  facts=$(rooted stat -L -c "$stat_format" "$1" 2>/dev/null) || return 1
  printf '{"path":'
  json "$2"
  [ -z "$3" ] || { printf ',"item":'; json "$3"; }
  printf '%s\n' "$facts" | {
    read -r size mode owner modified changed
    printf ',"size":%s,"mode":"%s","owner":"%s"' "$size" "$mode" "$owner"
    printf ',"mtime":"%s","ctime":"%s"' "$(instant "$modified")" "$(instant "$changed")"
  }
  if [ -d "$1" ]; then
    printf ',"entries":['
    separator=''
    rooted ls -a "$1" 2>/dev/null | while IFS= read -r entry; do
      case $entry in . | ..) continue ;; esac
      printf '%s' "$separator"
      json "$entry"
      separator=,
    done
    printf ']'
  fi
  printf '}'
}

# connection_lines: of a server's log the lines about connections; no statements, no rows, no continuations.
connection_lines() {
  grep -v "^$tab" |
    grep -vE '(STATEMENT|QUERY|HINT|LOCATION):  |CONTEXT:  [^l]|(statement|execute|parse|bind|duration)[^:]*: ' |
    grep -E 'FATAL:  |PANIC:  |pg_hba|CONTEXT:  line [0-9]+ of configuration file|connection (received|authorized|authenticated|matched)|replication connection|disconnection: |Connection matched|could not (accept SSL|receive data|send data)|SSL error|password authentication|Password does not match|has no password|does not support|does not exist|Client IP address|host name|database system (is|was)|listening on|parameter "[a-z_.]+" (changed|cannot)|configuration file|replication slot|logical decoding|terminating (connection|walsender)|too many|remaining connection slots|out of memory|standby' |
    grep -vE 'ERROR:  ' | sed 's/" changed to ".*/" changed/; s,://[^/@ ]*@,://(removed)@,g; s/[Pp][Aa][Ss][Ss][Ww][A-Za-z]*=[^ ]*/password=(removed)/g' |
    tail -n 2000
}

server_log() {
  if [ -n "$log" ]; then
    place=$(in_cluster "$log")
  else
    directory=$(setting_in log_directory "$settings")
    directory=${directory:-log}
    case $directory in /*) directory=$(in_cluster "$directory") ;; *) directory=$base/$directory ;; esac
    current=$(contents "$base/current_logfiles" 2>/dev/null)
    file=$(printf '%s\n' "$current" | sed -n 's/^stderr //p')
    if [ -n "$file" ]; then
      case $file in /*) place=$(in_cluster "$file") ;; *) place=$base/$file ;; esac
    elif [ -n "$current" ]; then
      # An older file of plain lines would be taken for what the server says now.
      fail postgres/log.txt "not-gathered: the server logs as ${current%% *} alone, whose lines hold statements"
      return
    else
      exists "$directory" || directory=$base/pg_log
      newest=$(rooted ls -t "$directory" 2>/dev/null | grep -vE '\.(csv|json|gz|xz|bz2)$' | head -n 1)
      place=$directory/$newest
      [ -n "$newest" ] || place=''
    fi
  fi
  if [ -z "$place" ] && [ -n "$unit" ] && has journalctl; then
    capture rooted journalctl -u "$unit" --no-pager -q -n 20000 -o cat
  elif [ -z "$place" ] && [ -n "$container" ] && has docker && running dockerd; then
    capture rooted docker logs --tail 20000 "$container"
  elif [ -z "$place" ]; then
    fail postgres/log.txt 'not-gathered: where this server writes its log could not be found'
    return
  else
    capture rooted tail -c 8000000 "$place"
  fi
  if [ -n "$why" ]; then fail postgres/log.txt "$why"; return; fi
  capture filtered "$out" connection_lines
  emit postgres/log.txt "$out"
}

postgres_files() {
  if [ -z "$chosen" ]; then
    for item in pg_hba.conf postgresql.conf files.json log.txt; do fail "postgres/$item" "$unchosen"; done
    return
  fi
  look_at_cluster "$chosen"
  files=''
  main_file "$hba" pg_hba.conf without_hba_secrets hba_references
  main_file "$configuration" postgresql.conf without_setting_secrets setting_references
  if exists "$base/postgresql.auto.conf"; then postgres_file postgres/postgresql.auto.conf "$data/postgresql.auto.conf" without_setting_secrets; fi
  if exists "$base/recovery.conf"; then postgres_file postgres/recovery.conf "$data/recovery.conf" without_setting_secrets; fi
  rows=''
  rest=$files
  while [ -n "$rest" ]; do
    next_line
    path=${line#*"$tab"}
    file=$(in_cluster "$path")
    row=$(file_times "$file" "$path" "${line%%"$tab"*}") || { ! hidden "$file" || refuse stat -L -c "$stat_format" "$file"; continue; }
    rows="$rows${rows:+,$newline}$row"
  done
  if has stat; then emit postgres/files.json "[$newline$rows$newline]$newline"; else fail postgres/files.json 'not-installed: stat: not found'; fi
  server_log
  managed_files="$(in_cluster "$hba") $(in_cluster "$configuration")"
  journal=pg_wal
  exists "$base/$journal" || journal=pg_xlog
  cluster_places="data directory$tab$data$tab$base/.${newline}write-ahead log$tab$data/$journal$tab$base/$journal/."
  [ -z "$place" ] || cluster_places="$cluster_places${newline}log$tab$(printf '%s' "${place%/*}" | sed "s,^/proc/$chosen/root,,; s,^/proc/$chosen/cwd,$data,")$tab${place%/*}/."
}

# --- poolers and proxies -----------------------------------------------------------------------------------------------

# pooler_settings: of a pgbouncer.ini where it listens and where it leads. Every other line stays behind, and so does
# everything of a database whose line has quotes: who can tell there where a password ends?
pooler_settings() {
  awk '
    /^[ \t]*\[/ { section = tolower($0); gsub(/[^a-z]/, "", section); print "[" section "]"; next }
    section == "pgbouncer" && tolower($0) ~ /^[ \t]*(listen_addr|listen_port|pool_mode|auth_type)[ \t]*=/ { print; next }
    section == "databases" && /^[ \t]*[^ \t;#%][^=]*=/ {
      name = $0; sub(/=.*/, "", name); gsub(/^[ \t]+|[ \t]+$/, "", name)
      rest = $0; sub(/^[^=]*=/, "", rest)
      line = name " ="
      if (rest ~ /\047/) line = line " (not shown)"
      else {
        n = split(rest, word, /[ \t]+/)
        for (i = 1; i <= n; i++) if (word[i] ~ /^(host|port|dbname|pool_mode)=/) line = line " " word[i]
      }
      print line
    }'
}

# look_at_pooler PID: sets $version and, of PgBouncer, $configuration (its file) and $settings.
look_at_pooler() {
  pid=$1
  version=''
  configuration=''
  settings=''
  [ "$name" = pgbouncer ] || return 0
  cluster_root=''
  if [ "$(link_target "/proc/$pid/root")" != / ] && exists "/proc/$pid/root/."; then cluster_root=/proc/$pid/root; fi
  exe=$(link_target "/proc/$pid/exe")
  # The version of what runs: the program that lies where it was started from, when that is the one that is installed.
  program=$(command -v pgbouncer)
  if [ -z "$cluster_root" ] && [ -n "$program" ] && [ "$exe" = "$(readlink -f "$program")" ] && capture limit pgbouncer --version; then
    version=$(printf '%s\n' "$out" | sed -n 's/^PgBouncer \(version \)\{0,1\}\([0-9][0-9.]*\).*/\2/p')
  fi
  configuration=$(arguments "$pid" | awk '
    NR == 1 || skip { skip = 0; next }
    /^(-u|--user)$/ { skip = 1; next }
    !/^-/ { file = $0 }
    END { print file }')
  case $configuration in
    '' | *..*) configuration=''; return 0 ;;
    /*) ;;
    *) configuration=$(link_target "/proc/$pid/cwd")/$configuration ;;
  esac
  user=$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
  server_groups=$(awk '/^(Gid|Groups):/ { $1 = ""; printf "%s", $0 }' "/proc/$pid/status" 2>/dev/null)
  if capture servers_own "$(in_cluster "$configuration")"; then settings=$(printf '%s\n' "$out" | pooler_settings); fi
}

# poolers: which run here. A pooler that answers on the port in the server's place has rules of its own.
poolers() {
  rows=''
  for directory in /proc/[0-9]*; do
    { read -r stat <"$directory/stat"; } 2>/dev/null || continue
    name=${stat#*\(}
    name=${name%)*}
    case $name in pgbouncer | pgpool | odyssey | pgcat | pgagroal | pg_doorman | supavisor | haproxy | envoy) ;; *) continue ;; esac
    [ "$(name_of "$(parent_of "${directory#/proc/}")")" != "$name" ] || continue
    look_at_pooler "${directory#/proc/}"
    row=$(
      printf '{"pid":%s,"process":"%s","version":' "$pid" "$name"
      json_or_null "$version"
      printf ',"configFile":'
      json_or_null "$configuration"
      printf ',"configuration":'
      json_or_null "$settings"
      printf '}'
    )
    rows="$rows${rows:+,$newline}$row"
  done
  if [ -n "$rows" ]; then emit host/poolers.json "[$newline$rows$newline]$newline"
  elif [ -n "$processes_hidden" ]; then fail host/poolers.json "$processes_hidden"
  else emit host/poolers.json "[]$newline"; fi
}

# --- PostgreSQL: what only the server itself knows --------------------------------------------------------------------

# psql_words: sets the arguments of psql for the chosen cluster, and $asked_database.
# as_server COMMAND…: runs it as the account of the server, within the deadline; standard input is the command's own. In a
# container, whose accounts this host does not know, it is run there by number.
as_server() {
  if [ "$foreign:$psql_of" = yes:theirs ]; then
    group=$(awk '/^Gid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
    set -- "$(command -v nsenter)" -t "$pid" -m -r -w -S "$user" -G "$group" -- "$@"
    if [ "$(id -u)" = 0 ]; then
      limit "$@"
    elif [ "$use_sudo" = password ]; then
      { printf '%s\n' "$sudo_password"; cat; } | limit_sudo sudo -k -S -p '' "$@"
    else
      limit_sudo sudo -n "$@"
    fi
  elif [ "$foreign" = yes ] || [ "$(id -u)" = "$user" ]; then
    limit "$@"
  elif [ "$(id -u)" = 0 ]; then
    if has runuser && runuser -u "$os_user" -- true >/dev/null 2>&1; then
      limit runuser -u "$os_user" -- "$@"
    else
      # As one text, for older ones take no arguments: nothing that a shell would read otherwise gets there.
      case $* in *[!A-Za-z0-9_./\ =:-]*) printf 'su: not allowed to take such names\n' >&2; return 1 ;; esac
      limit su -s /bin/sh "$os_user" -c "$*"
    fi
  elif [ "$use_sudo" = password ] && ! limit_sudo sudo -k -n -u "$os_user" "$1" --version </dev/null >/dev/null 2>&1; then
    { printf '%s\n' "$sudo_password"; cat; } | limit_sudo sudo -S -p '' -u "$os_user" "$@"
  elif [ "$use_sudo" != no ]; then
    limit_sudo sudo -n -u "$os_user" "$@"
  else
    printf 'permission denied: only %s may log in without a password, and sudo was not to be had\n' "$os_user" >&2
    return 1
  fi
}

# asked_of_server: the answers, and behind them what psql complained of: `psql:<stdin>:LINE: ERROR: …`.
asked_of_server() {
  {
    complaints=$(
      {
        printf '%s; ' "SET default_transaction_read_only = on" "SET statement_timeout = '5s'" "SET lock_timeout = '1s'" \
          "SET client_encoding = 'UTF8'" "SET lc_messages = 'C'"
        printf '\n'
        printf '%s\n' "$questions" | sed "s/^\([^ ]*\) \(.*\)\$/SELECT '\1|' || row_to_json(q)::text FROM (\2) AS q UNION ALL SELECT '\1|end';/"
      } | as_server "$psql" -X -A -t -q -w -v dms_role="$role" -h "$place" -p "$cluster_port" -U "$login" \
        -d "$asked_database" -f - 2>&1 1>&5 5>&-
    )
    asked=$?
  } 5>&1
  printf '\n%s\n' "$complaints"
  return "$asked"
}

# answers_to ITEM: the rows of one item as a JSON array; fails where they did not come to their end.
answers_to() {
  # grep first: an awk would look at every row once for every item.
  printf '%s\n' "$answers" | grep "^$1|" | awk -v skip="$((${#1} + 2))" '
    { row = substr($0, skip) }
    row == "end" { whole = 1; next }
    { printf "%s%s", rows++ ? ",\n" : "[\n", row }
    END { if (!whole) exit 1; print rows ? "\n]" : "[]" }'
}

# no_answers REASON: none of the items could be had.
no_answers() {
  for item in $postgres_items; do fail "$item" "$1"; done
}

ask_postgres() {
  [ -n "${postgres_items-}" ] || return 0
  if [ "$ask_database" = no ]; then return 0; fi
  if [ -z "$chosen" ]; then no_answers "$unchosen"; return; fi
  look_at_cluster "$chosen"
  psql_of=ours
  psql=$(command -v psql) || psql=${exe%/*}/psql
  if [ "$foreign" = yes ] && has nsenter && { [ "$(id -u)" = 0 ] || [ "$use_sudo" != no ]; }; then
    for place in "${exe%/*}/psql" /usr/bin/psql /usr/local/bin/psql; do
      if exists "$cluster_root$place"; then psql=$place psql_of=theirs; break; fi
    done
  fi
  if [ "$psql_of" = ours ] && ! [ -x "$psql" ]; then no_answers 'not-installed: psql: not found'; return; fi
  case $version in
    9.[4-6]) number=90${version#9.}00 ;;
    [1-9][0-9]) number=${version}0000 ;;
    *)
      case $unreadable in
        denied:*) no_answers "$unreadable" ;;
        *) no_answers "not-gathered: the version of the server could not be read: $version" ;;
      esac
      return
      ;;
  esac
  questions=$(postgres_questions "$number")
  asked_database=${database:-postgres}
  # A name with other characters goes as a connection string, which has quotes.
  case $asked_database in
    *[!A-Za-z0-9_-]*) asked_database="dbname='$(printf '%s' "$asked_database" | sed "s/[\\\\']/\\\\&/g")'" ;;
  esac
  place=${socket:-/var/run/postgresql}
  if [ -z "$socket" ] && ! exists "$(in_cluster "$place")/.s.PGSQL.$cluster_port"; then place=/tmp; fi
  # Never the directory of that name on this host: there another server may have that port.
  [ "$psql_of" = theirs ] || place=$(in_cluster "$place")
  unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGOPTIONS PGSERVICE PGSSLMODE PGTARGETSESSIONATTRS
  PGAPPNAME=dms-doctor PGCONNECT_TIMEOUT=5
  export PGAPPNAME PGCONNECT_TIMEOUT
  # The first superuser has the account's name, and else this one.
  for login in "${os_user:-postgres}" postgres; do
    [ "$foreign" = no ] || [ "$psql_of" = theirs ] || login=postgres
    capture asked_of_server
    case $out in *'role "'*'" does not exist'*) ;; *) break ;; esac
  done
  answers=$out
  if [ -n "$why" ] && ! printf '%s\n' "$answers" | grep -q '|end$'; then
    complaint=$(printf '%s\n' "$answers" | grep -v '^$' | tail -n 1 | cut -c 1-300)
    case $complaint in
      *'ermission denied'* | *'password is required'* | *'not allowed'* | *'authentication failed'*)
        no_answers "denied: psql as $login: $complaint"
        ;;
      *) no_answers "not-gathered: psql as $login: $complaint" ;;
    esac
    return
  fi
  for item in $postgres_items; do
    line=$(printf '%s\n' "$questions" | grep -n "^$item " | cut -d : -f 1)
    case " ${postgres_items_of_one_database-} " in
      *" $item "*) [ -n "$database" ] || { fail "$item" 'not-gathered: which database is meant was not said (--database)'; continue; } ;;
    esac
    if [ -z "$line" ]; then
      fail "$item" "not-installed: PostgreSQL $version does not have it"
    elif rows=$(answers_to "$item"); then
      emit "$item" "$rows$newline"
    else
      # The settings stand on the first line.
      complaint=$(printf '%s\n' "$answers" | sed -n "s/^psql:[^:]*:$((line + 1)): *//p" | head -n 1)
      case $complaint in
        *'does not exist'*) fail "$item" "not-installed: $complaint" ;;
        *'ermission denied'*) fail "$item" "denied: $complaint" ;;
        *timeout*) fail "$item" "timed-out: $complaint" ;;
        *) fail "$item" "not-gathered: ${complaint:-psql gave no answer (${why:-it ended before})}" ;;
      esac
    fi
  done
}

# traces: what an attempt to connect leaves behind, but for the counters of the rules.
traces() {
  take host/nstat.txt counters
  kernel_log
  choose_cluster
  if [ -n "$chosen" ]; then
    look_at_cluster "$chosen"
    server_log
  else
    fail postgres/log.txt "$unchosen"
  fi
}

# --- everything, in order --------------------------------------------------------------------------------------------

main() {
  set -u
  umask 077
  LC_ALL=C
  TZ=UTC0
  export LC_ALL TZ
  unset CDPATH GREP_OPTIONS QUOTING_STYLE POSIXLY_CORRECT
  port=5432
  addresses=''
  deadline=10
  use_sudo=no
  sudo_timeout=no
  unless_requiretty=no
  after_test=no
  database=''
  role=''
  ask_database=yes
  search="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  while [ $# -gt 0 ]; do
    case $1 in
      --port) port=${2:-} ;;
      --address) addresses="$addresses ${2:-}" ;;
      --deadline) deadline=${2:-} ;;
      --database) database=${2:-} ;;
      --user) role=${2:-} ;;
      --no-psql) ask_database=no; shift; continue ;;
      --path) search=${2:-} ;;
      --sudo) use_sudo=asked; shift; continue ;;
      --after-test) after_test=yes; shift; continue ;;
      --unless-requiretty) unless_requiretty=yes; shift; continue ;;
      *) printf 'unknown option: %s\n' "$1" >&2; exit 2 ;;
    esac
    shift; [ $# -eq 0 ] || shift
  done
  case $port in '' | *[!0-9]*) printf -- '--port takes a number\n' >&2; exit 2 ;; esac
  case $deadline in '' | *[!0-9]*) printf -- '--deadline takes a number of seconds\n' >&2; exit 2 ;; esac
  case $addresses in *[!0-9a-fA-F.:\ ]*) printf -- '--address takes an IP address\n' >&2; exit 2 ;; esac
  PATH=$search
  export PATH
  # Without them an answer would be empty, and taken for one.
  for tool in awk cat cut date grep head id ls sed tail tr uname wc; do
    has "$tool" || { printf 'this host has no %s, without which nothing can be said\n' "$tool" >&2; exit 3; }
  done

  timeout_style=none
  if has timeout; then
    if timeout -s KILL 5 true 2>/dev/null; then timeout_style=new
    elif timeout -t 5 -s KILL true 2>/dev/null; then timeout_style=old; fi
  fi
  needs=''
  sudo_state='not asked'
  [ "$(id -u)" != 0 ] || sudo_state=root
  [ "$use_sudo" = no ] || use_sudo_if_possible
  if [ "$sudo_state:$unless_requiretty" = requiretty:yes ]; then
    printf 'dms-doctor-bundle 1\n'
    emit host/sudo.txt "requiretty$newline"
    printf 'end 1\n'
    return
  fi

  why=''
  place=''
  rules_hidden=no
  cluster_units=''
  cluster_places=''
  managed_files=''
  unchosen=''
  look_at_processes

  printf 'dms-doctor-bundle 1\n'
  save_rules iptables /proc/net/ip_tables_names
  rules=$saved
  save_rules ip6tables /proc/net/ip6_tables_names
  rules6=$saved
  nft_ruleset
  if [ "$after_test" = yes ]; then
    traces
    printf 'end %s\n' "$count"
    return
  fi
  ipset_save
  ip_facts ip-addr addr
  ip_facts ip-route route show table all
  take host/ip-rule.txt limit ip rule
  take host/sysctl.txt sysctls
  sockets
  take host/nstat.txt counters
  take host/conntrack.txt connection_tracking
  shorewall_files shorewall
  shorewall_files shorewall6
  ! has shorewall-lite || shorewall_files shorewall-lite
  ufw_files
  firewalld_files
  persistent host/iptables-rules.v4 /etc/iptables/rules.v4 /etc/sysconfig/iptables /etc/iptables/iptables.rules /etc/iptables/rules-save
  persistent host/iptables-rules.v6 /etc/iptables/rules.v6 /etc/sysconfig/ip6tables /etc/iptables/ip6tables.rules /etc/ip6tables/rules-save
  persistent host/nftables.conf /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/nftables.nft
  file_list host/rules-files.json /etc/iptables/rules.v4 /etc/sysconfig/iptables /etc/iptables/iptables.rules \
    /etc/iptables/rules-save /etc/iptables/rules.v6 /etc/sysconfig/ip6tables /etc/iptables/ip6tables.rules \
    /etc/ip6tables/rules-save /etc/nftables.conf /etc/sysconfig/nftables.conf /etc/nftables.nft
  kernel_log
  clusters
  postgres_files
  ask_postgres
  poolers
  take host/ps.txt process_list
  if has systemctl && [ -d /run/systemd/system ]; then take host/units.txt units; else take host/units.txt services; fi
  take host/df.txt disk_space
  take host/load.txt machine_load
  take host/cron.txt cron_jobs
  take host/managers.txt managers
  take host/os-release.txt machine
  docker_facts
  fail2ban_facts
  take host/selinux.txt security_modules
  take host/xdp-tc.txt early_drops
  take host/sudo.txt sudo_facts
  printf 'end %s\n' "$count"
}

# Called behind its whole text, in braces: a script that arrives cut does nothing, and no command reads the script.
{
  main "$@" </dev/null
}
