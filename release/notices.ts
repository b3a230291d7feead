import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** A package whose code is in a bundle. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** The SPDX expression of its package.json. */
  readonly license: string
  /** Its license and, if it has one, its notice, copied from the package. */
  readonly texts: readonly string[]
}

/** Licenses that a bundled package may have: they require only attribution. */
const ALLOWED: ReadonlySet<string> = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])

/** The packages in bundles, by name and version, without duplicates. */
export function bundledPackages(metafiles: readonly Metafile[]): readonly BundledPackage[] {
  const folders = new Set(
    metafiles
      .flatMap(({ outputs }) => Object.values(outputs))
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  )
  const packages = [...folders].map(readPackage)
  const byName = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]))
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each)
}

/**
 * The text that goes with bundles of these packages.
 *
 * @throws Error if a package's license is not one of those that may be bundled
 */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const refused = packages.filter(({ license }) => !licensesOf(license).every((each) => ALLOWED.has(each)))
  if (refused.length > 0) {
    throw new Error(`These packages must not be bundled, because of their licenses: ${refused.map(({ name, license }) => `${name} (${license})`).join(', ')}.`)
  }
  const line = '-'.repeat(80)
  const parts = packages.map(
    ({ name, version, license, texts }) => `${name} ${version} (${license})\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`,
  )
  return [`This program contains the following packages.\n`, ...parts].join(`\n${line}\n\n`)
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license, repository, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
    repository?: string | { url: string }
    author?: string | { name: string }
  }
  const files = readdirSync(folder).filter((file) => /^(licen[sc]e|copying|notice)(\.|$)/i.test(file))
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8'))
  if (!files.some((file) => !/^notice/i.test(file))) {
    const source = typeof repository === 'object' ? repository.url : repository
    const holder = (typeof author === 'object' ? author.name : author) ?? `the authors of ${name}`
    texts.unshift(standardText(name, license, [holder, source].filter(Boolean).join(', ')))
  }
  return { name, version, license: license ?? 'none', texts }
}

/** License texts for packages that name their license but do not contain its text. */
function standardText(name: string, license: string | undefined, holder: string): string {
  const texts = licensesOf(license ?? 'none').map((each) => {
    const file = new URL(`licenses/${each}.txt`, import.meta.url)
    if (!existsSync(file)) throw new Error(`${name} contains no license text, and there is no copy of ${each}.`)
    return readFileSync(file, 'utf8').trim()
  })
  return [`Copyright (c) ${holder}`, ...texts].join('\n\n')
}

/** The licenses of an SPDX expression that joins them with AND. Any other expression counts as one unknown license. */
function licensesOf(expression: string): readonly string[] {
  return expression.replace(/^\((.*)\)$/, '$1').split(' AND ')
}
