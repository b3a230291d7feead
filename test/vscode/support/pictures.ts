import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where pictures of windows go: the folder that `VSCODE_PICTURES` names, or one among the temporary files. */
const FOLDER = process.env['VSCODE_PICTURES'] ?? join(tmpdir(), 'kubectl-leader-pictures')

/** Path for a picture of such a name, like `first-look-dark-1-welcome`. */
export function picturePath(name: string): string {
  mkdirSync(FOLDER, { recursive: true })
  return join(FOLDER, `${name}.png`)
}
