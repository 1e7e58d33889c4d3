//! Whole configurations of nats-server, as `deploy/nats` ships them.

/// The largest message.
const MAX_PAYLOAD: &str = "# The largest message: the ledger keeps bodies up to 512 KiB.
max_payload: 1MB";

/// How much is stored.
const MAX_STORE: &str =
    "# The sum of the streams' limits, and a little more. Keep it below the volume's size.
  max_file_store: 16GB";

/// The profile of a single node: JetStream that syncs every message, on loopback unless told otherwise.
pub fn single_node() -> String {
    format!(
        r#"# One node. Every message is on disk before it is acknowledged.
#
# A start needs SLUICE_NATS_STORE (a folder) and a password for every user of users.conf in the environment, each
# beginning with a letter: SLUICE_NATS_GATEWAY_PASSWORD and so on.
listen: 127.0.0.1:4222
http: 127.0.0.1:8222
server_name: sluice
{MAX_PAYLOAD}
jetstream {{
  store_dir: $SLUICE_NATS_STORE
  # The default of two minutes loses what was acknowledged when the machine stops.
  sync_interval: always
  {MAX_STORE}
}}
include users.conf
"#
    )
}

/// The profile of each of three nodes, one in each zone: a message is in two zones before it is acknowledged.
pub fn three_nodes() -> String {
    format!(
        r#"# One of three nodes; all of them run with this file. Two of them have every message before it is acknowledged, so one
# may be lost, and its zone with it: declare `quorum` (sluice topology apply --durability quorum).
#
# A start needs in the environment, besides SLUICE_NATS_STORE (a folder) and the password of every user of users.conf:
#   SLUICE_NATS_NAME            the node's own name: sluice-1
#   SLUICE_NATS_ZONE            where it stands: zone:a
#   SLUICE_NATS_LISTEN          where it takes clients: 0.0.0.0:4222
#   SLUICE_NATS_CLUSTER_LISTEN  where it takes the other nodes: 0.0.0.0:6222
#   SLUICE_NATS_ROUTE_PASSWORD  what the nodes know each other by; begins with a letter
#   SLUICE_NATS_ROUTE_1, _2, _3 where the nodes are, this one too: nats://route:PASSWORD@nats-1:6222
listen: $SLUICE_NATS_LISTEN
http: 127.0.0.1:8222
server_name: $SLUICE_NATS_NAME
server_tags: $SLUICE_NATS_ZONE
{MAX_PAYLOAD}
cluster {{
  name: sluice
  listen: $SLUICE_NATS_CLUSTER_LISTEN
  # Everything passes here in the clear: add `tls` where somebody else may listen.
  authorization {{
    user: route
    password: $SLUICE_NATS_ROUTE_PASSWORD
  }}
  routes: [
    $SLUICE_NATS_ROUTE_1
    $SLUICE_NATS_ROUTE_2
    $SLUICE_NATS_ROUTE_3
  ]
}}
jetstream {{
  store_dir: $SLUICE_NATS_STORE
  # No two replicas of anything in one zone.
  unique_tag: "zone:"
  {MAX_STORE}
  # sync_interval stays at its default of two minutes: a node that stops without warning gets what it had not written
  # from the other two. If all zones can lose their power at once, say `sync_interval: always`.
}}
include users.conf
"#
    )
}
