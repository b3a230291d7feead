import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** For each file, the files that it imports: for types as well, and also on demand (`await import(…)`). */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

const ROOT = new URL('../..', import.meta.url).pathname

/**
 * The imports among the project's sources in some folders. Paths are relative to the root of the repository.
 *
 * @throws Error if a file imports one that does not exist
 */
export function importGraph(folders: readonly string[]): ImportGraph {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT })).map((file) => file.replaceAll('\\', '/'))
  return new Map(files.map((file) => [file, importsOf(file)]))
}

/** Whether a file does nothing but pass on what other files export. */
export function isList(file: string): boolean {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest)
  return source.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined)
}

/** The circles of a graph: the largest sets of files of which each one leads to each other one. */
export function circlesIn(graph: ImportGraph): readonly (readonly string[])[] {
  // Tarjan's algorithm for strongly connected components.
  const circles: string[][] = []
  const path: string[] = []
  const indices = new Map<string, number>()
  const visit = (file: string): number => {
    const index = indices.size
    let lowest = index
    indices.set(file, index)
    path.push(file)
    for (const imported of graph.get(file) ?? []) {
      if (!indices.has(imported)) lowest = Math.min(lowest, visit(imported))
      else if (path.includes(imported)) lowest = Math.min(lowest, indices.get(imported)!)
    }
    if (lowest === index) {
      const circle = path.splice(path.indexOf(file))
      if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle.sort())
    }
    return lowest
  }
  for (const file of graph.keys()) if (!indices.has(file)) visit(file)
  return circles
}

function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true)
  const relative = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'))
  return relative.map((name) => {
    const imported = posix.join(posix.dirname(file), name)
    if (!existsSync(join(ROOT, imported))) throw new Error(`${file} imports ${imported}, which does not exist`)
    return imported
  })
}
