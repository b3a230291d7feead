import { describe, expect, it } from 'vitest'
import { k9sPlugins, k9sViews } from '../../kubectl-plugin/generate/k9s.ts'

// As k9s checks them (internal/config/json/schemas): the fields, their types, and no others.
const PLUGIN = {
  shortCut: 'string',
  override: 'boolean',
  description: 'string',
  confirm: 'boolean',
  dangerous: 'boolean',
  scopes: 'array',
  command: 'string',
  background: 'boolean',
  overwriteOutput: 'boolean',
  args: 'array',
  inputs: 'array',
}
const VIEW = { sortColumn: 'string', columns: 'array' }
/** As `asKey` and its list of keys in k9s. */
const SHORT_CUT = /^(?:(?:Shift|Ctrl)-[A-Z]|[a-z])$/
/** What k9s binds on a list of namespaced resources without a view of their own. */
const TAKEN = new Set(['Shift-N', 'Shift-A', 'Shift-S', 'Shift-O', 'Shift-P', 'Shift-J', 'c', 'd', 'e', 'n', 'q', 'w', 'y'])
/** As k9s parses a column: its name, an expression, and up to three attributes. */
const COLUMN = /^[\w\s%/-]+(?::\.[\w.]+)?(?:\|[NTWSLRH]{1,3})?$/

const typesOf = (object: object): Record<string, string> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, Array.isArray(value) ? 'array' : typeof value]))
const texts = (values: readonly unknown[]): boolean => values.every((value) => typeof value === 'string')

describe('k9s accepts', () => {
  it.each(Object.entries(k9sPlugins().plugins))('the plugin %s', (_, plugin) => {
    expect(PLUGIN).toMatchObject(typesOf(plugin))
    expect(typesOf(plugin)).toMatchObject({ shortCut: 'string', description: 'string', scopes: 'array', command: 'string' })
    expect(texts(plugin.scopes) && texts(plugin.args)).toBe(true)
    expect(plugin.shortCut).toMatch(SHORT_CUT)
    expect(TAKEN).not.toContain(plugin.shortCut)
  })

  it.each(Object.entries(k9sViews().views))('the columns of %s', (_, view) => {
    expect(VIEW).toMatchObject(typesOf(view))
    for (const column of view.columns) expect(column).toMatch(COLUMN)
    const [name, order] = view.sortColumn!.split(':')
    expect(view.columns).toContain(name)
    expect(order).toMatch(/^(?:asc|desc)$/)
  })

  it('each key once', () => {
    const keys = Object.values(k9sPlugins().plugins).map(({ shortCut }) => shortCut)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
