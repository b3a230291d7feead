/**
 * The library: what the kubectl plugin and the VS Code extension are made of, for any Node.js program.
 *
 * @packageDocumentation
 */
export * from './time/index.ts'
export * from './lease/index.ts'
export * from './remedy.ts'
export * from './cluster/index.ts'
export * from './candidates/index.ts'
export * from './locks/index.ts'
export * from './election/index.ts'
export * from './actions/index.ts'
export { healthCheck } from './health/health-check.ts'
export { runWhileLeading, type LeadingCommand, type LeadingCommandOptions } from './guard/run-while-leading.ts'
export { WatchdogLost, type CommandEnd } from './guard/supervisor.ts'
export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox/index.ts'
