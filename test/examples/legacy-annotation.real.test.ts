import { afterAll, describe, expect, it } from 'vitest'
import { clientGoCandidate, startRealCluster } from '../support/real-cluster.ts'
import { readmeCommand, Terminal } from './terminal.ts'

const cluster = await startRealCluster()
afterAll(() => cluster.close())
const hasAnnotations = Number(/^v1\.(\d+)/.exec(cluster.version)![1]) < 24
const env = { KUBECONFIG: cluster.kubeconfig }
const clientGo = `exec ${clientGoCandidate()!} -kubeconfig=${cluster.kubeconfig} -lock=configmaps -name=my-election -id=client-go -release-on-cancel`

/** client-go itself where it still has the format (before 0.24), and the example's program everywhere. */
const oldCandidates: readonly (readonly [string, string, RegExp])[] = [
  ['the old candidate of the example', readmeCommand('legacy-annotation', 'old-candidate.ts'), /old: leading/],
  ...(hasAnnotations ? ([['a candidate of client-go', clientGo, /"started-leading"/]] as const) : []),
]

describe.each(oldCandidates)('%s and one of ours', (_, command, leads) => {
  it('share an election in a ConfigMap, both ways', async () => {
    await using old = new Terminal(command, env)
    await old.printed(leads)
    await using ours = new Terminal(readmeCommand('legacy-annotation', 'join'), env)
    await ours.printed(/new-leader +(old|client-go)/)
    expect(ours.output).not.toContain('started-leading')
    await old.interrupt()
    await ours.printed('started-leading')

    await using oldAgain = new Terminal(command, env)
    await ours.interrupt()
    expect(ours.output).toContain('released')
    await oldAgain.printed(leads)
  })
})
