import type { App } from '../app.ts'

/** Reads the kubeconfig again and reconnects. The rows stay in the view in the meantime. */
export async function refresh(app: App): Promise<void> {
  await app.source.look()
  for (const session of app.clusters.sessions) session.reconnect()
  app.tree.redraw()
}
