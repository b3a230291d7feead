import { describe, expect, it } from 'vitest'
import { customColumns } from '../../kubectl-plugin/output/custom-columns.ts'
import { render } from '../../kubectl-plugin/output/jsonpath/evaluate.ts'
import { parseTemplate } from '../../kubectl-plugin/output/jsonpath/template.ts'
import { tableLines } from '../../kubectl-plugin/output/table.ts'

const LIST = {
  kind: 'ElectionList',
  items: [
    { name: 'web', holderIdentity: 'web-0', leaseTransitions: 3, holder: { kind: 'Pod', node: 'n1' }, warnings: [] },
    { name: 'db', holderIdentity: '', leaseTransitions: 12, holder: null, warnings: [{ code: 'a' }, { code: 'b.c' }] },
    { name: 'api', holderIdentity: 'api-0', leaseTransitions: 0, 'a.b': 'dotted', isHeld: true },
  ],
}

describe('a JSONPath template prints what kubectl prints', () => {
  it.each([
    // What kubectl printed for a list of the same objects.
    ['{.kind}', 'ElectionList'],
    ['{$.kind}{@.kind}', 'ElectionListElectionList'],
    ['kind={.kind}\n', 'kind=ElectionList\n'],
    ['.kind', '.kind'],
    ['{.items[*].name}', 'web db api'],
    ['{.items[0].name}', 'web'],
    ['{.items[-1].name}', 'api'],
    ['{.items[0:2].name}', 'web db'],
    ['{.items[1:].name}', 'db api'],
    ['{.items[::2].name}', 'web api'],
    ['{.items[0,2].name}', 'web api'],
    ["{.items[0]['name','holderIdentity']}", 'web web-0'],
    ["{.items[2]['a\\.b']}", 'dotted'],
    ['{.items[2].a\\.b}', 'dotted'],
    ['{.items[*].nothing}', ''],
    ['{.items[*].holder.node}', 'n1'],
    ['{.items[0].holder}', '{"kind":"Pod","node":"n1"}'],
    ['{.items[1].holder}', 'null'],
    ['{.items[*].leaseTransitions}', '3 12 0'],
    ['{.items[2].isHeld}', 'true'],
    ['{..code}', 'a b.c'],
    ['{.items[?(@.name=="db")].leaseTransitions}', '12'],
    ["{.items[?(@.name=='db')].leaseTransitions}", '12'],
    ['{.items[?(@.leaseTransitions>2)].name}', 'web db'],
    ['{.items[?(@.leaseTransitions <= 3)].name}', 'web api'],
    ['{.items[?(@.name != "db")].name}', 'web api'],
    ['{.items[?(@.isHeld)].name}', 'api'],
    ['{.items[?(@.isHeld==true)].name}', 'api'],
    ['{range .items[*]}{.name}{"\\t"}{.holderIdentity}{"\\n"}{end}', 'web\tweb-0\ndb\t\napi\tapi-0\n'],
    ['{range .items[*]}{range .warnings[*]}[{.code}]{end};{end}', ';[a][b.c];;'],
    ['{range .none[*]}x{end}y', 'y'],
    ['{range .items[*]}{.name}', 'webdbapi'],
    ["{'single'} {\"double\"}", 'single double'],
  ])('%s', (template, expected) => {
    expect(render(parseTemplate(template), LIST)).toBe(expected)
  })

  it.each([
    ['{.items', /unclosed \{/],
    ['{end}', /\{end\} without \{range\}/],
    ['{.items[x]}', /\[x\] is not a valid index/],
    ['{.items[?(@.a=~"b")]}', /is not an operator/],
    ['{foo bar}', /unexpected "foo bar\}"/],
  ])('%s is refused', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message)
  })

  it.each([
    ['{.items[7].name}', /uses index 7, but the array has 3 elements/],
    ['{.kind[0]}', /expects an array, but the value is not an array/],
    ['{.items[?(@.name > 1)]}', /cannot order web and 1/],
  ])('%s fails', (template, message) => {
    expect(() => render(parseTemplate(template), LIST)).toThrow(message)
  })
})

describe('custom columns', () => {
  const style = { width: null, hasHeadings: true, isColored: false }

  it('are laid out as kubectl lays them out', () => {
    const columns = customColumns('NAME:.name,NODE:{.holder.node},CODES:warnings[*].code')
    expect([...tableLines(columns, LIST.items, style)]).toEqual([
      'NAME   NODE     CODES',
      'web    n1       <none>',
      'db     <none>   a,b.c',
      'api    <none>   <none>',
    ])
  })

  it('show nothing that drives a terminal', () => {
    const [column] = customColumns('NAME:.name')
    expect(column!.cell({ name: '\u001b[31mred' })).not.toContain('\u001b')
  })

  it.each(['', 'NAME', 'NAME:', ':.name', 'NAME:{.a}{.b}'])('%j is refused', (spec) => {
    expect(() => customColumns(spec)).toThrow()
  })
})
