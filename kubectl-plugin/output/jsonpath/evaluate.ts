import { CommandError } from '../../exit-code.ts'
import type { Part, Path, Step } from './template.ts'

/** The output of a template for an object, as by client-go's `jsonpath.Execute`. A missing field prints nothing. */
export function render(parts: readonly Part[], root: unknown): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
          return part.text
        case 'path':
          return find(part.path, root).map(textOf).join(' ')
        case 'range':
          return find(part.path, root)
            .map((each) => render(part.body, each))
            .join('')
      }
    })
    .join('')
}

/** The values at a path. @throws CommandError if a step does not fit the type of the value */
export function find(path: Path, root: unknown): readonly unknown[] {
  return path.reduce<readonly unknown[]>((found, step) => take(step, found), [root])
}

/** A value as text; null and objects are printed as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function take(step: Step, input: readonly unknown[]): readonly unknown[] {
  switch (step.kind) {
    case 'value':
      return [step.value]
    case 'field':
      return input.flatMap((value) => (isMapping(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []))
    case 'wildcard':
      return input.flatMap(membersOf)
    case 'recursive':
      return input.flatMap(withDescendants)
    case 'slice':
      return input.flatMap((value) => sliced(step, value))
    case 'filter':
      return input.flatMap((value) => arrayOf(value).filter((each) => passes(step, each)))
    case 'union':
      return step.paths.flatMap((path) => path.reduce<readonly unknown[]>((found, each) => take(each, found), input))
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function membersOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : []
}

/** A value that has members, and all its descendants that have members. */
function withDescendants(value: unknown): readonly unknown[] {
  const members = membersOf(value)
  return members.length === 0 ? [] : [value, ...members.flatMap(withDescendants)]
}

function arrayOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value === null || value === undefined) return []
  throw new CommandError('The template expects an array, but the value is not an array. To see the fields, use -o json.')
}

function sliced({ from, to, step = 1, isIndex }: Extract<Step, { kind: 'slice' }>, value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return []
  const array = arrayOf(value)
  const place = (index: number): number => (index < 0 ? index + array.length : index)
  const first = place(from ?? 0)
  const end = isIndex && from !== undefined ? first + 1 : place(to ?? array.length)
  if (first === end) return []
  if (first < 0 || first >= array.length || end < 0 || end > array.length) {
    const index = first < 0 || first >= array.length ? first : end - 1
    throw new CommandError(`The template uses index ${index}, but the array has ${array.length} ${array.length === 1 ? 'element' : 'elements'}.`)
  }
  if (first > end || step <= 0) throw new CommandError('The template contains a slice that goes backwards.')
  return array.slice(first, end).filter((_, index) => index % step === 0)
}

function passes({ left, operator, right }: Extract<Step, { kind: 'filter' }>, value: unknown): boolean {
  const lefts = find(left, value)
  if (operator === 'exists') return lefts.length > 0
  const rights = find(right, value)
  if (lefts.length === 0 || rights.length === 0) return false
  if (lefts.length > 1 || rights.length > 1) {
    throw new CommandError('A filter in the template compares more than one value at a time.')
  }
  return compare(lefts[0], operator, rights[0])
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (operator === '==') return left === right
  if (operator === '!=') return left !== right
  const isOrdered = typeof left === typeof right && (typeof left === 'number' || typeof left === 'string')
  if (!isOrdered) throw new CommandError(`A filter in the template cannot order ${textOf(left)} and ${textOf(right)}.`)
  const [one, other] = [left as number, right as number]
  if (operator === '<') return one < other
  if (operator === '<=') return one <= other
  return operator === '>' ? one > other : one >= other
}
