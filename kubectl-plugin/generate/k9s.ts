/** A plugin of k9s, as in https://k9scli.io/topics/plugins/. */
interface K9sPlugin {
  readonly shortCut: string
  readonly description: string
  /** Names of resources. */
  readonly scopes: readonly string[]
  readonly command: string
  /** k9s replaces $NAME, $NAMESPACE, $CONTEXT and $KUBECONFIG. */
  readonly args: readonly string[]
  readonly background: boolean
  /** Whether k9s asks first. */
  readonly confirm: boolean
  /** Left out if k9s is read-only. */
  readonly dangerous?: boolean
}

/** What k9s reads from a file in its folder `plugins`. */
export interface K9sPlugins {
  readonly plugins: Readonly<Record<string, K9sPlugin>>
}

/** What k9s reads from `views.yaml`, as in https://k9scli.io/topics/columns/. */
export interface K9sViews {
  readonly views: Readonly<Record<string, { readonly columns: readonly string[]; readonly sortColumn?: string }>>
}

/** Keys on the list of Leases, which k9s itself does not use there. */
export function k9sPlugins(): K9sPlugins {
  return {
    plugins: {
      'leader-watch': plugin('Shift-W', 'Watch election', 'exec kubectl leader watch "$@"'),
      'leader-describe': plugin('Shift-I', 'Inspect election', 'kubectl leader describe --color always "$@" 2>&1 | less -RK'),
      'leader-logs': plugin('Shift-L', 'Logs of leader', 'kubectl leader logs --follow --tail 200 "$@" || read -r _'),
      // It shows its plan and asks, so k9s need not ask as well.
      'leader-failover': { ...plugin('Shift-F', 'Failover', 'kubectl leader failover "$@"; read -r _'), dangerous: true },
    },
  }
}

/** Columns of the list of Leases. `T` marks a time, which k9s shows as an age; `N` a number. */
export function k9sViews(): K9sViews {
  return {
    views: {
      'coordination.k8s.io/v1/leases': {
        columns: [
          'NAMESPACE',
          'NAME',
          'HOLDER:.spec.holderIdentity',
          'RENEWED:.spec.renewTime|T',
          'DURATION:.spec.leaseDurationSeconds|N',
          'TRANSITIONS:.spec.leaseTransitions|N',
          'ACQUIRED:.spec.acquireTime|TW',
          'AGE',
        ],
        sortColumn: 'NAME:asc',
      },
    },
  }
}

/** The names are arguments of the shell, never a part of its script. */
function plugin(shortCut: string, description: string, script: string): K9sPlugin {
  return {
    shortCut,
    description,
    scopes: ['leases'],
    // k9s may have been started with --kubeconfig, which only this variable tells.
    command: 'env',
    args: ['KUBECONFIG=$KUBECONFIG', 'sh', '-c', script, 'sh', '$NAME', '--namespace=$NAMESPACE', '--context=$CONTEXT'],
    background: false,
    confirm: false,
  }
}
