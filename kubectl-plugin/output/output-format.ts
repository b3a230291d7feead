import { CommandError } from '../exit-code.ts'
import type { MachineFormat } from './machine-output.ts'

/** The output format of `list -o`. */
export type OutputFormat =
  | { readonly kind: 'wide' | 'name' | MachineFormat }
  | { readonly kind: 'jsonpath' | 'custom-columns'; readonly text: string }

/** The values of `list -o`, as help and completion show them. */
export const OUTPUT_FORMATS = ['wide', 'json', 'yaml', 'name', 'jsonpath=', 'custom-columns=']

/** @throws CommandError if the format is not supported; for kubectl's other formats, it names the kubectl command to use */
export function parseOutputFormat(text: string): OutputFormat {
  const [kind = '', ...rest] = text.split('=')
  const template = rest.join('=')
  switch (kind) {
    case 'wide':
    case 'name':
    case 'json':
    case 'yaml':
      if (rest.length === 0) return { kind }
      break
    case 'jsonpath':
    case 'custom-columns':
      if (template === '') throw new CommandError(`-o ${kind} needs a template, for example -o ${EXAMPLES[kind]}.`)
      checkFields(text, template)
      return { kind, text: template }
    case 'go-template':
    case 'go-template-file':
    case 'jsonpath-as-json':
    case 'jsonpath-file':
    case 'custom-columns-file':
      throw new CommandError(`list does not support -o ${kind}. For Lease objects, run: kubectl get leases -o ${quoted(text)}`)
  }
  throw new CommandError(`"${text}" is not a valid output format. Use one of ${OUTPUT_FORMATS.join(', ')}.`)
}

const EXAMPLES = {
  jsonpath: `jsonpath='{.items[*].holderIdentity}'`,
  'custom-columns': 'custom-columns=NAME:.name,HOLDER:.holderIdentity',
}

/** Rejects the fields of a Lease: users know them, but the printed objects have other fields, and a missing field prints nothing. */
function checkFields(text: string, template: string): void {
  const [field] = /\.(?:spec|metadata)\b/.exec(template) ?? []
  if (!field) return
  throw new CommandError(
    `The objects that list prints have no ${field}: see -o json for their fields, such as .name and .holderIdentity. ` +
      `For the Lease objects themselves, run: kubectl get leases -o ${quoted(text)}`,
  )
}

function quoted(text: string): string {
  return /^[\w=.,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
