export { Keeper, type KeeperOptions, type KeepEvent } from './keeper.ts'
export { KeepMachine, type KeepStatus, type NotKept, type NotReleased } from './machine/keep-machine.ts'
