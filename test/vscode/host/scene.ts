import { delimiter } from 'node:path'

/** What the suites in the extension host find around them; made by who starts VS Code, and handed over as JSON. */
export interface HostScene {
  /** Where the report goes. */
  readonly reportFile: string
  /** The kubeconfig of the person whose VS Code it is, for the suites to write. */
  readonly kubeconfig: string
  /** The administrator's kubeconfig of a real kube-apiserver. */
  readonly realKubeconfig: string
}

const VARIABLE = 'KUBECTL_LEADER_HOST_SCENE'

/** The environment for VS Code's extension host. */
export function environmentOf(scene: HostScene): Record<string, string> {
  return { KUBECONFIG: [scene.kubeconfig, scene.realKubeconfig].join(delimiter), [VARIABLE]: JSON.stringify(scene) }
}

export function hostScene(): HostScene {
  const text = process.env[VARIABLE]
  if (text === undefined) throw new Error(`${VARIABLE} is not set`)
  return JSON.parse(text) as HostScene
}
