import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { errorText } from '../../extension/advice.ts'
import { cautionLines } from '../../extension/commands/failover-progress.ts'
import { ConnectionLost, JoinRefused, restrictionText } from '../../extension/words/errors.ts'
import { FailoverRefused, type CautionFacts, type FailoverPlan, type FailoverRefusal } from '../../shared/actions/failover.ts'
import type { Refusal } from '../../shared/actions/driven-election.ts'
import { NoLeaderLogError } from '../../shared/actions/logs.ts'
import { ReleaseRefused, type ReleaseRefusal } from '../../shared/actions/release.ts'
import { ClusterError, type ClusterErrorKind } from '../../shared/cluster/errors.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { l10n } from './support/fake-vscode.ts'
import { readJson } from './texts.ts'
import { verbatim } from '../../shared/phrase.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

const DETAILS = 'node-a said no.'

beforeEach(() => {
  l10n.bundle = readJson('l10n/bundle.l10n.zh-cn.json') as Record<string, string>
})
afterEach(() => {
  l10n.bundle = undefined
})

/** Names that stay as they are in Chinese. */
const NAMES = /Kubernetes|API|LeaseCandidate|kubeconfig|kubectl leader failover|kubectl leader|--to IDENTITY|--tries=3|--force|Pod|Event/g

function expectChinese(text: string): void {
  expect(text).toMatch(/\p{Script=Han}/u)
  expect(text.replace(NAMES, '')).not.toMatch(/[A-Za-z]{2}/)
}

const keysOf = <Key extends string>(all: Readonly<Record<Key, true>>): Key[] => Object.keys(all) as Key[]

const CLUSTER_ERRORS = keysOf<ClusterErrorKind>({
  config: true, unreachable: true, timeout: true, certificate: true, unauthorized: true, forbidden: true, denied: true,
  notFound: true, conflict: true, expired: true, invalid: true, tooManyRequests: true, server: true, protocol: true,
})
/** Those that the extension can run into, because it neither names a new leader nor deletes Pods. */
const FAILOVER_REFUSALS = keysOf<Exclude<FailoverRefusal, 'unknownTarget' | 'podUnknown' | 'staticPod' | 'request'>>({
  category: true, coordinated: true, multilock: true, deleting: true, free: true, moved: true, changed: true, expired: true,
  underway: true, invalid: true, sameHolder: true, noneElsewhere: true, tooManyCandidates: true,
})
const RELEASE_REFUSALS = keysOf<ReleaseRefusal>({
  category: true, coordinated: true, multilock: true, deleting: true, invalid: true, renewed: true, moved: true, released: true,
  underway: true, deleted: true,
})
const JOIN_REFUSALS = keysOf<Refusal['kind']>({ category: true, coordinated: true, multilock: true, deleting: true })
const CAUTIONS: Readonly<Record<CautionFacts['code'], CautionFacts>> = {
  noOtherCandidate: { code: 'noOtherCandidate' },
  unknownTarget: { code: 'unknownTarget', to: '1' },
  onlyEvent: { code: 'onlyEvent', to: '1', toldAt: '2026-01-01T00:00:00Z' },
  shortBlock: { code: 'shortBlock', blockMs: 1_000, safeMs: 2_000 },
  restarts: { code: 'restarts' },
  mayReturn: { code: 'mayReturn' },
  notALease: { code: 'notALease' },
}

describe('in Chinese', () => {
  it.each(CLUSTER_ERRORS)('an error of the kind %s says what failed, and then its details', (kind) => {
    const [summary, details] = errorText(new ClusterError(verbatim(DETAILS), { kind })).split('详情：')
    expectChinese(summary!)
    expect(details).toBe(DETAILS)
  })

  it.each<[string, Error]>([
    ['the cluster error that made a lock fail', new LockError('unknown', DETAILS, { cause: new ClusterError(verbatim(DETAILS), { kind: 'timeout' }) })],
    ['a lost connection', new ConnectionLost({ message: DETAILS })],
    ['a leader that is not a Pod', new NoLeaderLogError('notAPod', DETAILS)],
    ['a refusal that only its details explain', new FailoverRefused('podUnknown', DETAILS)],
  ])('%s says what failed, and then its details', (_, error) => {
    const [summary, details] = errorText(error).split('详情：')
    expectChinese(summary!)
    expect(details).toBe(DETAILS)
  })

  it.each([
    ...FAILOVER_REFUSALS.map((kind) => ['failover', kind, new FailoverRefused(kind, DETAILS)] as const),
    ...RELEASE_REFUSALS.map((kind) => ['release', kind, new ReleaseRefused(kind, DETAILS)] as const),
    ...JOIN_REFUSALS.map((kind) => ['join', kind, new JoinRefused({ kind, message: DETAILS })] as const),
    ['log', 'notFound', new NoLeaderLogError('notFound', DETAILS)] as const,
    ['log', 'free', new NoLeaderLogError('free', DETAILS)] as const,
  ])('the refusal of a %s because of %s is translated as a whole', (_, __, error) => {
    expectChinese(errorText(error))
  })

  it.each(Object.values(CAUTIONS))('the caution $code is translated', (caution) => {
    const [line] = cautionLines({ cautions: [{ ...caution, message: DETAILS }], gaps: [] } as unknown as FailoverPlan)
    expectChinese(line!)
  })

  it('a restriction names the namespaces that are shown', () => {
    expect(restrictionText({ namespaces: ['shop'], message: DETAILS })).toBe('你无权列出所有命名空间中的选举。仅显示：shop')
  })

  it('an error that is not known is shown as it is', () => {
    expect(errorText(new Error(DETAILS))).toBe(DETAILS)
  })
})

describe('in English', () => {
  it.each<[string, Error]>([
    ['an error of a cluster', new ClusterError(verbatim(DETAILS), { kind: 'server' })],
    ['a refusal', new FailoverRefused('free', DETAILS)],
  ])('%s shows its own message', (_, error) => {
    l10n.bundle = undefined
    expect(errorText(error)).toBe(DETAILS)
  })
})
