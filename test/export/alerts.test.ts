import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { load, loadAll } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { run } from '../../kubectl-plugin/program.ts'
import { dashboard } from '../../kubectl-plugin/generate/monitoring/dashboard.ts'
import type { RuleGroups } from '../../kubectl-plugin/generate/monitoring/alerts.ts'
import { fakeSession } from '../support/fake-session.ts'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
const sections = [...read('docs/runbooks.md').matchAll(/^## (\w+)$/gm)].map(([, code]) => code!)

interface Printed {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> }
  readonly data: Record<string, string>
  readonly spec: RuleGroups & { readonly endpoints: object[]; readonly template: { readonly metadata: { readonly annotations?: object } } }
}

async function generate(args: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { session, stdout, stderr } = fakeSession({ env: { HOME: '/nonexistent' } })
  const exitCode = await run(session, ['generate', 'monitoring', ...args.split(' ').filter(Boolean)])
  return { exitCode, stdout: stdout(), stderr: stderr() }
}
const printed = async (args = ''): Promise<Printed[]> => loadAll((await generate(args)).stdout) as Printed[]
const kinds = async (args?: string): Promise<string[]> => (await printed(args)).map(({ kind }) => kind)

describe('generate monitoring', () => {
  const always = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Deployment']

  it('prints what the Prometheus Operator and Grafana take', async () => {
    expect(await kinds()).toEqual([...always, 'Service', 'ServiceMonitor', 'PrometheusRule', 'ConfigMap'])
  })

  it('prints scrape annotations and a rule file without the operator', async () => {
    const manifests = await printed('--scrape=annotations')
    expect(manifests.map(({ kind }) => kind)).toEqual([...always, 'ConfigMap', 'ConfigMap'])
    expect(manifests[3]!.spec.template.metadata.annotations).toMatchObject({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' })
    expect(load(manifests[4]!.data['leader-elections.rules.yaml']!)).toEqual(load((await generate('--only=rules')).stdout))
  })

  it('keeps the namespace of the election, not that of the exporter', async () => {
    const monitor = (await printed()).find(({ kind }) => kind === 'ServiceMonitor')!
    expect(monitor.spec.endpoints).toMatchObject([{ port: 'metrics', honorLabels: true }])
  })

  it('labels what an operator selects', async () => {
    const labeled = (await printed('--monitor-label release=prometheus --monitor-label team=infra')).filter(({ metadata }) => metadata.labels['release'])
    expect(labeled.map(({ kind }) => kind)).toEqual(['ServiceMonitor', 'PrometheusRule'])
    expect(labeled[0]!.metadata.labels).toMatchObject({ release: 'prometheus', team: 'infra' })
  })

  it.each([
    ['--monitor-label release', '"release" is not a valid label. Use KEY=VALUE.'],
    ['--monitor-label =x', '"=x" is not a valid label. Use KEY=VALUE.'],
    ['--replicas 0', '"0" is not a valid number of Pods. Use 1 or more.'],
    [`--name ${'a'.repeat(64)}`, 'is too long for a Pod label. Use a shorter --name.'],
  ])('refuses %s', async (args, message) => {
    const { exitCode, stderr } = await generate(args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(message) })
  })
})

describe('the alerts', () => {
  it('each link to a section of the runbooks', async () => {
    const { groups } = load((await generate('--only=rules --runbooks=https://example.com/runbooks.md')).stdout) as RuleGroups
    const links = groups.flatMap(({ rules }) => rules).map(({ annotations }) => annotations.runbook_url)
    const anchors = sections.map((code) => `https://example.com/runbooks.md#${code.toLowerCase()}`)
    expect(links).toHaveLength(5)
    for (const link of links) expect(anchors).toContain(link)
  })

  it('are named in the sections that they link to', async () => {
    const { groups } = load((await generate('--only=rules')).stdout) as RuleGroups
    const named = [...read('docs/runbooks.md').matchAll(/^## (\w+)\n\n\*Alert `(\w+)`/gm)].map(([, code, alert]) => `${alert!} docs/runbooks.md#${code!.toLowerCase()}`)
    expect(named.sort()).toEqual(groups.flatMap(({ rules }) => rules).map(({ alert, annotations }) => `${alert} ${annotations.runbook_url}`).sort())
  })
})

it('the runbooks have a section for each code of doctor, and one for the exporter', () => {
  const codes = [.../export type FindingCode =([^/]*?)\n\n/.exec(read('shared/actions/doctor/finding.ts'))![1]!.matchAll(/'(\w+)'/g)].map(([, code]) => code!)
  expect(sections).toEqual([...codes, 'exporterBlind'].sort((a, b) => a.localeCompare(b)))
})

it('the dashboard asks only for metrics that the exporter has', () => {
  const exported = new Set(read('kubectl-plugin/export/exposition.ts').match(/(?<=(?:gauge|counter)\(')\w+/g)!.map((name) => `leader_exporter_election_${name}`))
  const asked = JSON.stringify(dashboard()).match(/leader_exporter_\w+/g)!
  expect(asked.filter((name) => !exported.has(name) && !['leader_exporter_election_info', 'leader_exporter_blind_seconds'].includes(name))).toEqual([])
  expect(new Set(asked).size).toBeGreaterThan(6)
})
