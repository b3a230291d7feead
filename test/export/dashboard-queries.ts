import { dashboard } from '../../kubectl-plugin/generate/monitoring/dashboard.ts'

interface Panel {
  readonly title?: string
  readonly targets?: readonly { readonly expr?: string }[]
}

/** The queries of the dashboard, by the title of their panel, with all elections selected. */
export function dashboardQueries(): readonly (readonly [string, string])[] {
  const { panels } = dashboard() as unknown as { readonly panels: readonly Panel[] }
  return panels.flatMap(({ title, targets }) => targets!.map(({ expr }) => [title!, expr!.replaceAll(/\$(namespace|lease)/g, '.*')] as const))
}
