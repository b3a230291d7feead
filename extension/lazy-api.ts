import * as vscode from 'vscode'
import type { LeaderElectionsApi } from './api.ts'

/** The API, of which only this is loaded before it is called. */
export function lazyApi(loaded: () => Promise<LeaderElectionsApi>): LeaderElectionsApi {
  return {
    version: 1,
    elections: async () => (await loaded()).elections(),
    onEvent(listener) {
      const following = loaded().then((api) => api.onEvent(listener))
      return new vscode.Disposable(() => void following.then((each) => void each.dispose()))
    },
    join: async (election) => (await loaded()).join(election),
  }
}
