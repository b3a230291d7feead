import ts from 'typescript'

/** A text in a source file that a person may read. */
export interface SourceText {
  /** From 1. */
  readonly line: number
  /** With `{}` for each part that is only known at run time. */
  readonly text: string
}

/**
 * All string literals, templates and JSX texts of a TypeScript source. Literals that are joined with `+` count as one text,
 * because a phrase may be split over two of them. Module names and types are left out.
 */
export function textsIn(source: string, fileName: string): readonly SourceText[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true)
  const texts: SourceText[] = []
  const add = (node: ts.Node, text: string): unknown =>
    texts.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text })
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return
    if (ts.isJsxText(node)) return void add(node, node.text)
    if (ts.isExpression(node)) {
      const parts = partsOf(node)
      if (parts) {
        add(node, parts.map((part) => (typeof part === 'string' ? part : '{}')).join(''))
        for (const part of parts) if (typeof part !== 'string') visit(part)
        return
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return texts
}

/** The pieces of a text, in order: strings, and the expressions between them. Null if the node is not a text. */
function partsOf(node: ts.Expression): readonly (string | ts.Expression)[] | null {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.flatMap(({ expression, literal }) => [expression, literal.text])]
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null
  const [left, right] = [partsOf(node.left), partsOf(node.right)]
  return left || right ? [...(left ?? [node.left]), ...(right ?? [node.right])] : null
}
