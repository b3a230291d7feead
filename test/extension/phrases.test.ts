import ts from 'typescript'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { errorText } from '../../extension/advice.ts'
import { translated } from '../../extension/words/phrases.ts'
import { ClusterError } from '../../shared/cluster/errors.ts'
import { checkSettings } from '../../shared/election/config.ts'
import { lockPhrase, placePhrase } from '../../shared/lease/election-ref.ts'
import { LockError } from '../../shared/locks/errors.ts'
import { phrase, phraseOf, saying, verbatim } from '../../shared/phrase.ts'
import { l10n } from './support/fake-vscode.ts'
import { readJson, sourcesIn } from './texts.ts'

vi.mock('vscode', () => import('./support/fake-vscode.ts'))

afterEach(() => {
  l10n.bundle = undefined
})

function speakChinese(): void {
  l10n.bundle = readJson('l10n/bundle.l10n.zh-cn.json') as Record<string, string>
}

describe('a phrase', () => {
  const inner = phrase`the identity names the Pod`

  it('is English, with all that is in it', () => {
    const said = phrase`The Pod of ${'web-{0}'} is not known for certain: ${inner}.`
    expect(said.template).toBe('The Pod of {0} is not known for certain: {1}.')
    expect(`${said.text} ${JSON.stringify(inner)}`).toBe('The Pod of web-{0} is not known for certain: the identity names the Pod. "the identity names the Pod"')
  })

  it('is translated, with the phrases in it', () => {
    speakChinese()
    expect(translated(phrase`The Pod of ${'web-0'} is not known for certain: ${inner}.`)).toBe('不能确定 web-0 的 Pod：身份中有 Pod 的名称。')
  })

  it.each<[string, Error]>([
    ['of its own', new ClusterError(inner, { kind: 'config' })],
    ['that it was given', saying(new Error(inner.text), inner)],
    ['of the cause that it repeats', new LockError('unknown', inner.text, { cause: new ClusterError(inner, { kind: 'config' }) })],
  ])('is what an error says: %s', (_, error) => {
    speakChinese()
    expect(phraseOf(error)).toBe(inner)
    expect(errorText(error)).toBe('身份中有 Pod 的名称')
  })

  it.each<[string, unknown]>([
    ['no phrase', new Error('No.')],
    ['a cause with other words', new Error('No.', { cause: new ClusterError(inner, { kind: 'config' }) })],
    ['no error', 'No.'],
  ])('stands for the words of what has %s', (_, error) => {
    expect(phraseOf(error)).toEqual(verbatim('No.'))
  })
})

/** Errors that the extension shows, and the kinds of them that it does not translate as a whole (see extension/words/errors.ts). */
const SHOWN: Readonly<Record<string, RegExp>> = {
  FailoverRefused: /'(request|podUnknown|staticPod|unknownTarget)'/,
  NoLeaderLogError: /'notAPod'/,
  KeepRefused: /'(own|placeholder)'/,
  LockError: /./,
}
/** What the extension does not use: other locks, and the interface of locks for library users. */
const UNUSED = /^shared\/(sandbox|testing|label|locks\/redis|election\/(checked-lock|election-run))/

/** `file:line` of each error of a shown class whose message is a plain string. */
function untranslated(source: ts.SourceFile): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const [kind, message] = node.arguments ?? []
      const said = SHOWN[node.expression.getText()]
      const isPlain = message && (ts.isStringLiteralLike(message) || ts.isTemplateExpression(message))
      if (isPlain && said?.test(kind!.getText())) {
        found.push(`${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${message.getText()}`)
      }
    }
    node.forEachChild(visit)
  }
  visit(source)
  return found
}

describe('timings that are not valid', () => {
  it.each<[string, Parameters<typeof checkSettings>[0], string, string]>([
    ['too long a deadline', { leaseDurationMs: 5_000, renewDeadlineMs: 5_000 }, 'The lease duration must be greater than the renew deadline.', '租约时长必须大于续约期限。'],
    ['too long a period', { renewDeadlineMs: 10_000, retryPeriodMs: 9_000 }, 'The renew deadline must be greater than the retry period × 1.2.', '续约期限必须大于重试间隔的 1.2 倍。'],
    ['half a second', { leaseDurationMs: 15_500 }, 'The lease duration must be a whole number of seconds.', '租约时长必须是整数秒。'],
    ['no period', { retryPeriodMs: 0 }, 'The retry period must be greater than zero.', '重试间隔必须大于零。'],
  ])('are named as in the questions: %s', (_, settings, english, chinese) => {
    const error = refusalOf(settings)
    expect(errorText(error)).toBe(english)
    speakChinese()
    expect(errorText(error)).toBe(chinese)
  })

  function refusalOf(settings: Parameters<typeof checkSettings>[0]): unknown {
    try {
      checkSettings(settings)
    } catch (error) {
      return error
    }
    return null
  }
})

it('the description of a lease is translated, and that of another lock is kept', () => {
  speakChinese()
  const cannotWrite = (description: string): string => translated(phrase`Cannot write the ${lockPhrase(description)}.`)
  expect(['lease shop/web', 'configmap shop/web'].map(cannotWrite)).toEqual(['无法写入 租约 shop/web。', '无法写入 configmap shop/web。'])
  expect(translated(placePhrase({ lock: 'lease', namespace: 'shop', name: 'web' }))).toBe('租约“web”（命名空间“shop”）')
})

describe('every error that the extension shows', () => {
  it('says a phrase, unless its kind is translated as a whole', () => {
    const found = sourcesIn(['shared', 'extension'], new RegExp(`new (${Object.keys(SHOWN).join('|')})\\(`)).filter(({ fileName }) => !UNUSED.test(fileName)).flatMap(untranslated)
    expect(found).toEqual([])
  })

  it('would be found', () => {
    const source = ts.createSourceFile('x.ts', "throw new FailoverRefused('request', `No ${what}.`)\nthrow new FailoverRefused('free', 'No.')", ts.ScriptTarget.Latest, true)
    expect(untranslated(source)).toEqual(['x.ts:1 `No ${what}.`'])
  })
})
