import type { App } from '../app.ts'

/** Reads the kubeconfig and connects anew. What is known stays on show meanwhile. */
export async function refresh(app: App): Promise<void> {
  await app.source.look()
  for (const session of app.clusters.sessions) session.reconnect()
  app.tree.redraw()
}
