import { defineConfig } from 'vitest/config'
import vscode from './vitest.vscode.config.ts'

// What `npm run pictures` runs: takes the pictures of README and walkthrough anew, from a real VS Code on the sandbox.
export default defineConfig({ test: { ...vscode.test, include: ['test/vscode/take-pictures.ts'], exclude: [], testTimeout: 300_000 } })
