// A small controller, to try Debug as the Leader. It runs only while this window is the leader of default/reconciler.
// Two more candidates wait as standbys. Look at the view Leader Elections: however long you stay at the breakpoint below,
// the lease is held, and no standby takes over. Stop debugging, and one of them leads at once.

const desired = { replicas: 3 }
const actual = { replicas: 0 }

function reconcile() {
  if (actual.replicas === desired.replicas) return
  const missing = desired.replicas - actual.replicas
  console.log(`${missing} replicas are missing: adding one`) // The breakpoint. Stay here as long as you like.
  actual.replicas += 1
}

console.log(`Leading ${process.env.LEADER_NAMESPACE}/${process.env.LEADER_NAME} as ${process.env.LEADER_IDENTITY}, fencing token ${process.env.LEADER_FENCING_TOKEN}`)
setInterval(reconcile, 1000)
setInterval(() => (actual.replicas = 0), 20_000)
